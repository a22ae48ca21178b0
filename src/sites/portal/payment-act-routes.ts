import { Hono, type Context } from "hono";
import { answerAct, askAct, askedActOf, tracePayment, type PaymentTrace } from "#payments";
import { actPage, askedPage, moneyText, paymentPaths, stateTag } from "#payments/pages";
import { both, html, tag, type Fact, type FieldError, type Text } from "#ui";
import type { OpenCase } from "./desk-case.ts";
import type { DeskAct } from "./payment-act.ts";
import { actorsOf, deskActs, isPaymentId, readAct } from "./payment-acts.ts";
import { caseOf, paymentDesk, paymentEntity } from "./payment-desk.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

const back = both("回到這筆付款", "Back to this payment");

/** Acts with one payment: a page that says what will happen, then the act; those that take two people wait for the second. */
export function paymentActRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { payments } = portal;
  const routes = new Hono<PortalEnv>();
  const desk = paymentDesk(context);
  type C = Context<PortalEnv>;
  interface Found {
    readonly trace: PaymentTrace;
    readonly opened: OpenCase | undefined;
    readonly here: string;
  }

  routes.get(`${paymentPaths.all}/:payment/asked`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const found = await paymentOf(c);
    if (found instanceof Response) return found;
    const { trace, opened, here } = found;
    const waits = await askedActOf(payments, trace.attempts.at(-1)!.id);
    const act = waits && deskActs[waits.act];
    if (!waits || !act) return goTo(c, here);
    const own = waits.askedBy === on.session.person.id;
    const resource = paymentEntity(portal, trace, opened, [waits.askedBy]);
    const may = !own && (await desk.offers(on, "payment:confirm", resource));
    const asker = await portal.identity.store.person(waits.askedBy);
    return sendPage(
      c,
      askedPage(
        {
          title: act.title,
          text: act.text,
          by: asker?.name ?? "–",
          at: waits.askedAt,
          facts: [...factsOf(c, trace), ...detailFacts(act, trace, waits.detail)],
          action: `${here}/asked/${waits.id}`,
          answer: own ? "own" : may ? "second" : "none",
          back: { href: here, text: back },
          place: "all",
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.post(`${paymentPaths.all}/:payment/asked/:ask`, async (c) => {
    const sent = await desk.posted(c);
    if (sent instanceof Response) return sent;
    const { desk: on, form } = sent;
    const found = await paymentOf(c);
    if (found instanceof Response) return found;
    const { trace, opened, here } = found;
    const answer = form["answer"];
    if (answer !== "confirm" && answer !== "decline") return desk.refused(c, { code: "form-tampered" });
    const by = on.session.person.id;
    const waits = await askedActOf(payments, trace.attempts.at(-1)!.id);
    const takesBack = answer === "decline" && waits?.askedBy === by;
    const resource = paymentEntity(portal, trace, opened, waits && !takesBack ? [waits.askedBy] : []);
    const refused = await desk.may(c, on, takesBack ? "payment:ask" : "payment:confirm", {
      resource,
      form: { fields: form, page: here },
    });
    if (refused) return refused;
    const done = await answerAct(
      payments,
      {
        id: c.req.param("ask"),
        subjects: trace.attempts.map(({ id }) => id),
        by,
        agree: answer === "confirm",
      },
      ({ act, subject, detail, askedBy }) => {
        const newest = trace.attempts.find(({ id }) => id === subject)!;
        return deskActs[act]!.run({ portal, trace, opened, newest, detail, by: askedBy, confirmedBy: by });
      },
    );
    if (!done.ok) return desk.refused(c, done.error, { text: back, href: here });
    context.settleSoon();
    return goTo(c, `${here}?done=${answer}`);
  });

  routes.get(`${paymentPaths.all}/:payment/:act`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const act = actIn(c);
    const found = await paymentOf(c);
    if (found instanceof Response) return found;
    if (!act) return desk.refused(c, { code: "page-unknown" });
    const resource = paymentEntity(portal, found.trace, found.opened, actorsOf(act, found.trace));
    if (!(await desk.offers(on, act.action, resource))) return (await desk.may(c, on, act.action, { resource }))!;
    if (!act.possible(found.trace.attempts.at(-1)!, found.trace, found.opened))
      return desk.refused(c, { code: "payment-changed" }, { text: back, href: found.here });
    return sendAct(c, act, found, [], {});
  });

  routes.post(`${paymentPaths.all}/:payment/:act`, async (c) => {
    const sent = await desk.posted(c);
    if (sent instanceof Response) return sent;
    const { desk: on, form } = sent;
    const act = actIn(c);
    const found = await paymentOf(c);
    if (found instanceof Response) return found;
    if (!act) return desk.refused(c, { code: "page-unknown" });
    const { trace, opened, here } = found;
    const read = readAct(act, portal, trace, form);
    if (!read.ok) return sendAct(c, act, found, read.error, form);
    const resource = paymentEntity(portal, trace, opened, actorsOf(act, trace));
    const refused = await desk.may(c, on, act.action, { resource, form: { fields: form, page: here } });
    if (refused) return refused;
    const by = on.session.person.id;
    // What the officer saw; the verb is asked about that attempt, so that a second click or a stale page changes nothing.
    const seen = trace.attempts.find(({ id }) => id === form["attempt"]) ?? trace.attempts.at(-1)!;
    const done = act.second
      ? await askAct(payments, {
          act: c.req.param("act"),
          subject: seen.id,
          seq: /^\d{1,6}$/.test(form["seq"] ?? "") ? Number(form["seq"]) : -1,
          detail: read.value,
          by,
        })
      : await act.run({ portal, trace, opened, newest: seen, detail: read.value, by, confirmedBy: "" });
    const last = trace.attempts.at(-1)!;
    // The second click of the same person finds what the first one made.
    if (!done.ok && done.error.code === "not-reroutable" && last.attempt > seen.attempt && last.approvedBy === by)
      return goTo(c, `${here}?done=${c.req.param("act")}`);
    if (!done.ok) return desk.refused(c, done.error, { text: back, href: here });
    context.settleSoon();
    const newest = (await tracePayment(payments, seen.id))?.attempts.at(-1)?.id ?? seen.id;
    return goTo(c, `${paymentPaths.all}/${newest}?done=${act.second ? "asked" : c.req.param("act")}`);
  });

  function actIn(c: C): DeskAct | undefined {
    const id = c.req.param("act") ?? "";
    return Object.hasOwn(deskActs, id) ? deskActs[id] : undefined;
  }

  async function paymentOf(c: C): Promise<Found | Response> {
    const id = c.req.param("payment") ?? "";
    const trace = isPaymentId(id) ? await tracePayment(payments, id) : undefined;
    if (!trace) return desk.refused(c, { code: "entitlement-unknown" });
    const opened = await caseOf(portal, trace.entitlement.caseRef);
    return { trace, opened, here: `${paymentPaths.all}/${trace.attempts.at(-1)!.id}` };
  }

  function sendAct(
    c: C,
    act: DeskAct,
    { trace, here }: Found,
    errors: readonly FieldError[],
    typed: Readonly<Record<string, string>>,
  ) {
    const newest = trace.attempts.at(-1)!;
    const fields = (act.fields?.(portal, trace) ?? []).map((field) => ({
      ...field,
      ...(typed[field.id] !== undefined && { value: typed[field.id]! }),
    }));
    const view = {
      title: act.title,
      text: act.text,
      facts: factsOf(c, trace),
      fields,
      kept: { attempt: newest.id, seq: String(newest.events.at(-1)?.seq ?? 0), binding: newest.binding },
      action: `${here}/${c.req.param("act")}`,
      button: act.button,
      back: { href: here, text: back },
      place: "all" as const,
      ...(errors.length > 0 && { errors }),
      ...(act.kind && { kind: act.kind }),
      ...(act.second && { second: true }),
    };
    return sendPage(
      c,
      actPage(view, c.var.visit.lang, chromeOf(c, `${here}/${c.req.param("act")}`)),
      errors.length > 0 ? 422 : 200,
    );
  }

  function factsOf(c: C, trace: PaymentTrace): Fact[] {
    const newest = trace.attempts.at(-1)!;
    const { lang } = c.var.visit;
    return [
      { label: both("案號", "Case"), value: trace.entitlement.caseRef },
      { label: both("金額", "Amount"), value: moneyText(newest.amount, payments.banking.currency, lang) },
      { label: both("帳戶", "Account"), value: `${newest.institution} ${newest.accountMasked}` },
      { label: both("狀態", "State"), value: html`${tag(stateTag(newest.state), lang)}` },
    ];
  }

  /** What was asked for, field by field, in the words of the form. */
  function detailFacts(act: DeskAct, trace: PaymentTrace, detail: Readonly<Record<string, string>>): Fact[] {
    return (act.fields?.(portal, trace) ?? []).flatMap(({ id, label, options }) => {
      const given = detail[id];
      if (given === undefined || given === "") return [];
      const value: Text = options?.find((one) => one.value === given)?.text ?? given;
      return [{ label, value }];
    });
  }

  return routes;
}
