import { Hono, type Context } from "hono";
import { settleFees, startOfDay } from "#flows";
import { officesFor, type PolicyEntity } from "#identity";
import { staffPaths } from "#identity/pages";
import { isUuid, type Localised, type Refusal } from "#kernel";
import {
  answerRefund,
  carryCharges,
  listCharges,
  refundCharge,
  repayByTransfer,
  reportDay,
  retryRefund,
  settleDay,
  viewCharge,
  type ChargeState,
  type ChargeView,
} from "#payments";
import {
  chargeListPage,
  chargePage,
  chargeStates,
  csvFile,
  feePaths,
  settlementPage,
  type ChargeAct,
} from "#payments/pages";
import { caseByNumber } from "#services";
import { both, type FieldError } from "#ui";
import { requestOf } from "./authorise.ts";
import type { Desk } from "./note-visit.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";
import { stepUp, wantsStepUp } from "./step-up.ts";

const onAPage = 40;
const linesOfCsv = 100_000;
type FeeAction = "fees:open" | "fees:settle" | "fee:refund" | "fee:agree";

/** The desk of an agency's fees: the list, one charge with its refund, the daily settlement. */
export function feeDeskRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { fees, policies, country, database } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get(feePaths.all, async (c) => {
    const on = await onDuty(c);
    if (on instanceof Response) return on;
    const asked = askedOf(c);
    const page = pageOf(c);
    const list = await listCharges(fees, searchOf(on, asked), { size: onAPage, number: page });
    const pages = Math.max(1, Math.ceil(list.total / onAPage));
    return sendPage(c, chargeListPage({ ...list, asked, page, pages }, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(feePaths.csv, async (c) => {
    const on = await onDuty(c);
    if (on instanceof Response) return on;
    const list = await listCharges(fees, searchOf(on, askedOf(c)), { size: linesOfCsv, number: 1 });
    const head = [
      "charge",
      "reference",
      "amount",
      "taken",
      "currency",
      "state",
      "method",
      "provider",
      "provider_reference",
      "begun",
    ];
    const rows = list.charges.map((one) => [
      one.id,
      one.reference,
      one.amount,
      one.taken,
      fees.currency.code,
      one.state,
      one.method,
      one.provider,
      one.providerReference,
      one.createdAt.toISOString(),
    ]);
    c.header("Cache-Control", "no-store");
    c.header("Content-Disposition", 'attachment; filename="fees.csv"');
    return c.body(csvFile([head, ...rows]), 200, { "Content-Type": "text/csv; charset=utf-8" });
  });

  routes.get(feePaths.settlement, async (c) => {
    const on = await onDuty(c);
    if (on instanceof Response) return on;
    const { day, provider } = dayOf(c);
    const from = startOfDay(country, day);
    const to = new Date(from.getTime() + 86_400_000);
    const { agency } = on.officer;
    return sendPage(
      c,
      settlementPage(
        {
          day,
          provider: provider ?? "",
          providers: fees.providers,
          report: provider === undefined ? undefined : await reportDay(fees, { provider, agency, day, from, to }),
          mayFetch: await offers(on, "fees:settle"),
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.post(feePaths.settlement, async (c) => {
    const on = await posted(c);
    if (on instanceof Response) return on;
    const { day, provider } = dayOf(c);
    const here = `${feePaths.settlement}?${new URLSearchParams({ day, provider: provider ?? "" }).toString()}`;
    const no = await may(c, on, "fees:settle", { form: { fields: on.form, page: here } });
    if (no) return no;
    const settled = await settleDay(fees, { provider: provider ?? "", day });
    if (!settled.ok) return refused(c, settled.error, here);
    context.settleSoon();
    return goTo(c, here);
  });

  routes.get(`${feePaths.all}/:charge`, async (c) => {
    const on = await onDuty(c);
    if (on instanceof Response) return on;
    const view = await agencyCharge(c, on);
    return view instanceof Response ? view : sendCharge(c, on, view, []);
  });

  routes.post(`${feePaths.all}/:charge/:act{refund|answer|retry|repaid}`, async (c) => {
    const on = await posted(c);
    if (on instanceof Response) return on;
    const view = await agencyCharge(c, on);
    if (view instanceof Response) return view;
    const { form } = on;
    const act = c.req.param("act") as "refund" | "answer" | "retry" | "repaid";
    const here = `${feePaths.all}/${view.charge.id}`;
    const agrees = act === "answer" && form["answer"] === "yes";
    const action = agrees ? "fee:agree" : "fee:refund";
    const no = await may(c, on, action, { resource: entityOf(view), form: { fields: form, page: here } });
    if (no) return no;
    const command = { charge: view.charge.id, by: on.session.person.id, reason: (form["reason"] ?? "").trim() };
    const done = await {
      refund: () => refundCharge(fees, command),
      answer: () => answerRefund(fees, { ...command, agree: agrees }),
      retry: () => retryRefund(fees, command),
      repaid: () => repayByTransfer(fees, command),
    }[act]();
    if (!done.ok && done.error.code === "refund-needs-reason") {
      const text = both("請寫明理由，最多 500 字。", "Give a reason, 500 characters at most.");
      return sendCharge(c, on, view, [{ field: act === "repaid" ? "transfer" : "reason", text }]);
    }
    if (!done.ok) return refused(c, done.error, here);
    await carryCharges(fees);
    const id = await caseByNumber(database, view.fee.reference);
    if (id !== undefined) await settleFees(portal, id);
    return goTo(c, here);
  });

  async function sendCharge(c: C, on: Desk, view: ChargeView, errors: readonly FieldError[]) {
    const { state, amount } = view.charge;
    const resource = entityOf(view);
    const proposer = view.events.findLast(({ event }) => event === "refund-proposed")?.by;
    const decider = view.events.findLast(({ event }) => event === "refund-decided")?.by;
    const me = on.session.person.id;
    const mayRefund = await offers(on, "fee:refund", resource);
    const acts: ChargeAct[] = [];
    let notAllowed: Localised | undefined;
    if (state === "succeeded" && mayRefund) acts.push(amount > fees.secondPersonAbove ? "propose" : "refund");
    if (state === "refund-proposed") {
      if (proposer === me) {
        acts.push("take-back");
        notAllowed = both(
          "您提出了退費，須由另一位同仁同意。",
          "You proposed this refund; a colleague must agree to it.",
        );
      } else if (await offers(on, "fee:agree", resource)) acts.push("agree");
    }
    if (state === "refund-failed" && mayRefund) acts.push("retry", ...(decider === me ? [] : (["repaid"] as const)));
    const id = await caseByNumber(database, view.fee.reference);
    return sendPage(
      c,
      chargePage(
        {
          ...view,
          names: await namesOf(view),
          acts,
          notAllowed,
          caseHref: id && `/desk/${id}`,
          secondPersonAbove: fees.secondPersonAbove,
          ...(errors.length > 0 && { errors }),
        },
        c.var.visit.lang,
        chromeOf(c, `${feePaths.all}/${view.charge.id}`),
      ),
      errors.length > 0 ? 422 : 200,
    );
  }

  /** Officers by name; the system and the provider stand in the event itself. */
  async function namesOf({ events }: ChargeView): Promise<Record<string, string>> {
    const ids = [...new Set(events.map(({ by }) => by))].filter((id) => isUuid(id));
    const known = await Promise.all(ids.map((id) => portal.identity.store.person(id)));
    return Object.fromEntries(known.flatMap((person, at) => (person ? [[ids[at]!, person.name]] : [])));
  }

  async function agencyCharge(c: C, { officer }: Desk): Promise<ChargeView | Response> {
    const id = c.req.param("charge") ?? "";
    const view = isUuid(id) ? await viewCharge(fees, officer.agency, id) : undefined;
    return view ?? refused(c, { code: "charge-unknown" }, feePaths.all);
  }

  function entityOf({ fee, charge, events }: ChargeView): PolicyEntity {
    const person = (id: string): PolicyEntity => ({ type: "Person", id });
    const proposer = events.findLast(({ event }) => event === "refund-proposed")?.by;
    return {
      type: "Charge",
      id: charge.id,
      attributes: {
        agency: { type: "Agency", id: fee.agency },
        parties: [person(fee.payer)],
        actors: proposer === undefined ? [] : [person(proposer)],
      },
    };
  }

  async function onDuty(c: C): Promise<Desk | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const { officer, acting } = session;
    if (!officer && !acting && (await officesFor(portal.identity, session.person.id)).length > 1)
      return goTo(c, staffPaths.office);
    if (!officer || acting) return sendRefusal(context, c, { code: "not-an-officer" });
    const on = { session, officer };
    const request = await requestOf(policies, session, "fees:open", { type: "Agency", id: officer.agency });
    // Only a refusal is recorded: each page of the desk asks.
    if (policies.may(request).allowed) return on;
    const judged = await policies.decide(request, session.person.id);
    if (judged.ok) return on;
    if (wantsStepUp(judged.error) && c.req.method === "GET") return stepUp(context, c, session, judged.error);
    return refused(c, judged.error, "/desk");
  }

  async function posted(c: C): Promise<(Desk & { readonly form: Record<string, string> }) | Response> {
    const on = await onDuty(c);
    if (on instanceof Response) return on;
    const form = ownForm(on.session, await readForm(c));
    return form ? { ...on, form } : refused(c, { code: "form-tampered" }, feePaths.all);
  }

  async function offers({ session, officer }: Desk, action: FeeAction, resource?: PolicyEntity): Promise<boolean> {
    const about = resource ?? { type: "Agency", id: officer.agency };
    const judged = policies.may(await requestOf(policies, session, action, about));
    return judged.allowed || wantsStepUp({ code: judged.reason ?? "" });
  }

  async function may(
    c: C,
    { session, officer }: Desk,
    action: FeeAction,
    o: { readonly resource?: PolicyEntity; readonly form: { fields: Readonly<Record<string, string>>; page: string } },
  ): Promise<Response | undefined> {
    const resource = o.resource ?? { type: "Agency", id: officer.agency };
    const judged = await policies.decide(await requestOf(policies, session, action, resource), session.person.id);
    if (judged.ok) return undefined;
    return wantsStepUp(judged.error)
      ? stepUp(context, c, session, judged.error, o.form)
      : refused(c, judged.error, o.form.page);
  }

  function refused(c: C, refusal: Refusal, href: string): Response {
    const ways = [{ text: both("回到上一步", "Go back"), href }];
    return sendRefusal(context, c, refusal, { area: "desk", ways }) as Response;
  }

  function searchOf({ officer }: Desk, asked: Readonly<Record<string, string>>) {
    const state = chargeStates.find((one) => one === asked["state"]);
    const [from, to] = [dayFrom(asked["from"]), dayFrom(asked["to"])];
    return {
      agency: officer.agency,
      ...(state && { states: [state] as readonly ChargeState[] }),
      ...(asked["search"] && { text: asked["search"] }),
      ...(from && { from }),
      ...(to && { to: new Date(to.getTime() + 86_400_000) }),
    };
  }

  function dayFrom(text: string | undefined): Date | undefined {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? "")) return undefined;
    const day = startOfDay(country, text!);
    return Number.isNaN(day.getTime()) ? undefined : day;
  }

  function dayOf(c: C): { readonly day: string; readonly provider: string | undefined } {
    const asked = c.req.query("day") ?? "";
    const provider = fees.providers.find(({ id }) => id === c.req.query("provider")) ?? fees.providers[0];
    return { day: dayFrom(asked) ? asked : country.dayOf(portal.clock.now()), provider: provider?.id };
  }

  return routes;
}

function askedOf(c: Context<PortalEnv>): Record<string, string> {
  return Object.fromEntries(
    ["search", "state", "from", "to"].map((field) => [field, (c.req.query(field) ?? "").trim().slice(0, 80)]),
  );
}

function pageOf(c: Context<PortalEnv>): number {
  return Math.min(1_000_000, Math.max(1, Math.trunc(Number(c.req.query("page") ?? 1)) || 1));
}
