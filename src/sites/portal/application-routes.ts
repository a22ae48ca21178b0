import { Hono, type Context } from "hono";
import { agencyOf, applicantOf, feeOfCase, stepReceipt, withdrawApplication } from "#flows";
import type { Session } from "#identity";
import { signaturePaths } from "#identity/pages";
import { isUuid, type Localised } from "#kernel";
import { paymentFor } from "#payments";
import { feePaths, feeTag, paymentPaths, publicTag } from "#payments/pages";
import { casesOf, openCase, type Case, type CaseSummary, type ServiceDefinition } from "#services";
import { applicationPage, applicationsPage } from "#services/pages";
import { both, formatDate, type Text, type TimelineEvent } from "#ui";
import { caseTag, chosenItem, definitionOf, factRows, itemName, nameAndItem, phaseTag } from "./case-view.ts";
import { explained } from "./journey.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendReceipt, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** A person's applications: the list, where each stands, its proofs, and taking one back. */
export function applicationRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { country, database } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get("/applications", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const cases = await casesOf(database, session.person.id);
    return sendPage(c, applicationsPage({ applications: cases.map(applicationLine) }, c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/applications/:case", async (c) => {
    const own = await ownCase(c);
    if (own instanceof Response) return own;
    if (own.state.phase === "draft" && own.state.applicant.person === own.session.person.id)
      return goTo(c, `/apply/${own.state.id}`);
    return sendPage(
      c,
      applicationPage(await applicationView(own.state, own.definition), c.var.visit.lang, chromeOf(c)),
    );
  });

  routes.post("/applications/:case/withdraw", async (c) => {
    const own = await ownCase(c);
    if (own instanceof Response) return own;
    if (!ownForm(own.session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    const done = await withdrawApplication(portal, own, applicantOf(own.session));
    return done.ok ? goTo(c, `/applications/${own.state.id}`) : sendRefusal(context, c, done.error);
  });

  routes.get("/applications/:case/proof/:seq", async (c) => {
    const own = await ownCase(c);
    if (own instanceof Response) return own;
    const receipt = await stepReceipt(portal, own.state, Number(c.req.param("seq")));
    return sendReceipt(c, receipt, `taroko-${own.state.number ?? "draft"}-${c.req.param("seq")}.json`);
  });

  async function ownCase(c: C): Promise<{ session: Session; state: Case; definition: ServiceDefinition } | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("case") ?? "";
    const opened = isUuid(id) ? await openCase(database, id) : undefined;
    const concerned =
      opened && [opened.state.applicant.person, opened.state.principal.person].includes(session.person.id);
    return opened && concerned ? { session, ...opened } : sendRefusal(context, c, { code: "case-unknown" });
  }

  function applicationLine(one: CaseSummary) {
    const definition = definitionOf(country, one.service);
    const item = itemName(country, definition, one.item ?? undefined);
    return {
      ...(one.number ? { number: one.number } : {}),
      service: definition.metadata.title,
      subject: nameAndItem(one.principalName, item),
      state: phaseTag(definition, one.phase, one.submittedAt, portal.clock.now()),
      at: one.updatedAt,
      next: nextWords(definition, one.phase),
      href: one.status === "draft" ? `/apply/${one.id}` : `/applications/${one.id}`,
    };
  }

  function nextWords(definition: ServiceDefinition, phase: string): Text {
    const words: Readonly<Record<string, Localised>> = {
      draft: both("繼續填寫", "Go on filling it in"),
      review: both(
        `承辦人審核，${definition.clock.days} 天內決定`,
        `A caseworker decides within ${definition.clock.days} days`,
      ),
      approved: both("第二位同仁放行付款", "A second officer releases the payment"),
      released: both("銀行入帳", "The bank pays it in"),
      paid: both("已完成", "Done"),
      refused:
        definition.appealDays === undefined
          ? both("不服決定時可以怎麼做，見決定內容", "The decision says what you can do if you disagree")
          : both(`可於 ${definition.appealDays} 日內提起訴願`, `You may appeal within ${definition.appealDays} days`),
      "payment-failed": both(
        "款項沒有入帳；請到「我的款項」看可以怎麼做",
        "The money did not arrive; see under My payments what you can do",
      ),
      "payment-stopped": both("付款已停止", "The payment was stopped"),
      withdrawn: both("已撤回", "Withdrawn"),
      "to-pay": both("等您繳規費；繳清後馬上提供", "Waiting for the fee; it is provided as soon as that is paid"),
      provided: both("已提供，可以下載", "Provided; you can download it"),
      lapsed: both(
        "逾期未繳，案件已結束；需要時請重新申請",
        "Not paid in time, so it was closed. Apply again if you need it",
      ),
    };
    return words[phase] ?? both("", "");
  }

  async function applicationView(state: Case, definition: ServiceDefinition) {
    const item = chosenItem(country, definition, state);
    const payment = state.number ? await paymentFor(portal.payments, state.number) : undefined;
    const { decision } = state;
    const decided = state.events.findLast((event) => event.type === "approved" || event.type === "refused");
    const due = state.dueAt ? new Date(state.dueAt) : undefined;
    const owed = await feeOfCase(portal, definition, state);
    const provides = state.phase === "provided" && context.options.seal && (!owed || owed.state === "paid");
    return {
      ...(owed && {
        fee: {
          state: feeTag(owed.state),
          amount: Number(owed.fee.amount),
          href: `${feePaths.mine}/${owed.fee.id}`,
          open: owed.state === "to-pay" || owed.state === "open",
        },
      }),
      ...(provides &&
        definition.fee && {
          provided: { title: definition.fee.provides.title, href: `/applications/${state.id}/provided.pdf` },
        }),
      number: state.number ?? "–",
      service: definition.metadata.title,
      subject: nameAndItem(state.principal.name, item),
      state: caseTag(definition, state, portal.clock.now()),
      now: nextWords(definition, state.phase),
      events: timelineOf(state, definition, due),
      ...(decision && decided
        ? {
            decision: {
              outcome: decision.outcome,
              at: new Date(decision.at),
              ...(decision.outcome === "approved" ? { amount: decision.ruling.amount } : {}),
              reasons: [...decision.grounds, ...(decision.note ? [both(decision.note, decision.note)] : [])],
              why: explained(decision.ruling),
              remedies: definition.remedies,
              ...(definition.appealDays === undefined
                ? {}
                : { objectUntil: new Date(new Date(decision.at).getTime() + definition.appealDays * dayMs) }),
              proofHref: `/applications/${state.id}/proof/${decided.seq}`,
              ...(context.options.seal && { letterHref: `/applications/${state.id}/decision.pdf` }),
            },
          }
        : {}),
      ...(payment
        ? {
            payment: {
              state: publicTag(payment.public),
              amount: Number(payment.amount),
              account: payment.accountMasked,
              ...(state.payment?.state === "paid" ? { at: new Date(state.payment.at) } : {}),
              href: `${paymentPaths.mine}/${payment.entitlementId}`,
              text: payment.public.advice ?? payment.public.text,
            },
          }
        : {}),
      facts: factRows(country, definition, state).map((row) => ({
        label: row.label,
        value: row.value,
        ...(row.source ? { source: row.source } : {}),
      })),
      usageHref: "/my-data/usage",
      ...(context.options.seal &&
        state.submittedAt && {
          receiptLetterHref: `/applications/${state.id}/receipt.pdf`,
          checkHref: signaturePaths.check,
        }),
      receiptHref: `/applications/${state.id}/proof/${state.events.find((event) => event.type === "submitted")?.seq ?? 1}`,
    };
  }

  function timelineOf(state: Case, definition: ServiceDefinition, due: Date | undefined): TimelineEvent[] {
    const agency = agencyOf(country, definition.metadata.agency).shortName;
    const seen = state.events
      .filter((event) => !["answered", "facts-added"].includes(event.type))
      .map((event, at, all): TimelineEvent => {
        const rule = definition.events.find((candidate) => candidate.event === event.type)!;
        const stopped = ["refused", "withdrawn", "payment-failed", "fee-lapsed"].includes(event.type);
        return {
          at: new Date(event.at),
          title: rule.title,
          by: event.actor.role === "applicant" ? event.actor.name : event.actor.role === "system" ? undefined : agency,
          state: stopped ? "stopped" : at === all.length - 1 ? "now" : "done",
        };
      });
    const next =
      state.phase === "review" && due
        ? [
            {
              title: both("決定", "Decision"),
              text: both(`最晚 ${formatDate(due, "zh-Hant")}`, `By ${formatDate(due, "en")}`),
              state: "next" as const,
            },
          ]
        : state.phase === "approved"
          ? [{ title: both("放行付款", "Release of the payment"), state: "next" as const }]
          : [];
    return [...seen, ...next];
  }

  return routes;
}
