import { Hono, type Context } from "hono";
import { saveUsage } from "#consent";
import { agencyOf, approve, formKey, logStep, memberPath, refuse, release, ruleOn, sendBack } from "#flows";
import { requireOfficer, verifySigned, type Officer, type Session } from "#identity";
import { err, isUuid, ok, toBase64Url, type Localised, type Refusal, type Result } from "#kernel";
import { paymentFor } from "#payments";
import {
  act,
  mayHappen,
  openCase,
  phaseCounts,
  queueOf,
  type Actor,
  type Case,
  type CaseSummary,
  type Effect,
  type Role,
  type ServiceDefinition,
  type ServiceProblem,
} from "#services";
import { casePage, queuePage, releasePage, type CaseView, type QueueView } from "#services/pages";
import { both, formatDateTime, type FieldError, type Tag, type TimelineEvent } from "#ui";
import { answerText, chosenItem, definitionOf, factLines, itemName, money, phaseTag } from "./case-view.ts";
import { explained } from "./journey.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

const queuePageSize = 40;
const dayMs = 24 * 60 * 60 * 1000;
/** Opening the same case again within this time is the same visit, and one reading. */
const visitMs = 15 * 60 * 1000;

const queues: readonly { id: string; name: Localised; phases: readonly string[] }[] = [
  { id: "review", name: both("待審", "To decide"), phases: ["review"] },
  { id: "approved", name: both("待放行", "To release"), phases: ["approved"] },
  { id: "released", name: both("付款中", "Being paid"), phases: ["released"] },
  { id: "closed", name: both("已結案", "Closed"), phases: ["paid", "refused", "withdrawn", "payment-failed"] },
];

interface Desk {
  readonly session: Session;
  readonly officer: Officer;
}

/** The caseworkers' desk of one agency: queue, case with facts beside the rule, decision, release by a second person. */
export function deskRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { country, database } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get("/desk", async (c) => {
    const desk = await onDuty(c);
    if (desk instanceof Response) return desk;
    return sendPage(c, queuePage(await queueView(c, desk.officer), c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/desk/:case", async (c) => {
    const desk = await onDuty(c);
    return desk instanceof Response ? desk : sendCase(c, desk, []);
  });

  routes.post("/desk/:case/decide", async (c) => {
    const desk = await onDuty(c);
    if (desk instanceof Response) return desk;
    const form = ownForm(desk.session, await readForm(c));
    if (!form) return refusedAt(c, { code: "form-tampered" });
    const opened = await agencyCase(c, desk.officer);
    if (opened instanceof Response) return opened;
    const command = commandOf(c, desk, opened.state, "caseworker", form["decision"] ?? "");
    if (form["decision"] === "approve") {
      const done = await approve(portal, command);
      return done.ok ? goTo(c, `/desk/${opened.state.id}`) : refusedAt(c, done.error);
    }
    if (form["decision"] !== "refuse") return refusedAt(c, { code: "form-tampered" });
    const ground = opened.definition.refusalGrounds.find((candidate) => candidate.id === form["reason"]);
    if (!ground)
      return sendCase(c, desk, [
        {
          field: "reason",
          text: both(
            "不予補助須選一個理由，申請人會看到。",
            "Choose a reason for the refusal; the applicant will read it.",
          ),
        },
      ]);
    const done = await refuse(portal, { ...command, grounds: [ground.text], note: note(form) });
    return done.ok ? goTo(c, `/desk/${opened.state.id}`) : refusedAt(c, done.error);
  });

  routes.post("/desk/:case/release", async (c) => {
    const desk = await onDuty(c);
    if (desk instanceof Response) return desk;
    const form = ownForm(desk.session, await readForm(c));
    if (!form) return refusedAt(c, { code: "form-tampered" });
    const opened = await agencyCase(c, desk.officer);
    if (opened instanceof Response) return opened;
    if (form["release"] !== "yes" && form["release"] !== "no") return refusedAt(c, { code: "form-tampered" });
    const command = commandOf(c, desk, opened.state, "approver", form["release"]);
    if (form["release"] === "no" && note(form) === "")
      return sendCase(c, desk, [
        {
          field: "remark",
          text: both("請寫明要承辦人再看什麼。", "Say what the caseworker should look at again."),
        },
      ]);
    const done =
      form["release"] === "yes"
        ? await release(portal, { ...command, binding: form["digest"] ?? "" })
        : await sendBack(portal, { ...command, note: note(form) });
    if (!done.ok) return refusedAt(c, done.error);
    context.settleSoon();
    return goTo(c, `/desk/${opened.state.id}`);
  });

  /** The officer on duty, or why there is none. */
  async function onDuty(c: C): Promise<Desk | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const officer = requireOfficer(session, ["caseworker", "approver"]);
    return officer.ok ? { session, officer: officer.value } : sendRefusal(context, c, officer.error);
  }

  async function agencyCase(
    c: C,
    officer: Officer,
  ): Promise<{ state: Case; definition: ServiceDefinition } | Response> {
    const id = c.req.param("case") ?? "";
    const opened = isUuid(id) ? await openCase(database, id) : undefined;
    const ours = opened && opened.definition.metadata.agency === officer.agency && opened.state.phase !== "draft";
    return opened && ours ? opened : refusedAt(c, { code: "case-unknown" });
  }

  function refusedAt(c: C, refusal: Refusal): Response {
    return sendRefusal(context, c, refusal, {
      area: "desk",
      ways: [
        {
          text: both("看案件目前的進度", "See where the case stands"),
          href: c.req.param("case") && refusal.code !== "own-case" ? `/desk/${c.req.param("case")}` : "/desk",
        },
      ],
    }) as Response;
  }

  async function sendCase(c: C, desk: Desk, errors: readonly FieldError[]) {
    const opened = await agencyCase(c, desk.officer);
    if (opened instanceof Response) return opened;
    const { definition } = opened;
    const visit = await noteVisit(desk, opened.state, definition);
    if (!visit.ok) return refusedAt(c, visit.error);
    const state = visit.value;
    const { lang } = c.var.visit;
    const status = errors.length > 0 ? 422 : 200;
    const seq = `?seq=${state.seq}`;
    const view = await caseView(c, desk, state, definition, errors);
    const payment = state.number ? await paymentFor(portal.payments, state.number) : undefined;
    if (state.phase === "approved" && state.decision && payment) {
      const allowed = mayHappen(definition, state, "released", actorOf(desk, "approver"));
      const approver = desk.officer.roles.includes("approver");
      return sendPage(
        c,
        releasePage(
          {
            ...view,
            approved: {
              by: state.decision.by.name,
              at: new Date(state.decision.at),
              amount: state.decision.ruling.amount,
              account: `${payment.institution} ${payment.accountMasked}`,
              payee: payment.payeeName,
            },
            digest: payment.binding,
            ...(approver && typeof allowed === "object"
              ? { action: `/desk/${state.id}/release${seq}` }
              : {
                  notAllowed:
                    allowed === "second-person-needed"
                      ? both(
                          "您核定了這件，須由另一位同仁放行。",
                          "You approved this case; a colleague must release it.",
                        )
                      : both("放行付款需要放行權限。", "Releasing a payment needs the approver's role."),
                }),
          },
          lang,
          chromeOf(c),
        ),
        status,
      );
    }
    const mayDecide =
      desk.officer.roles.includes("caseworker") &&
      typeof mayHappen(definition, state, "approved", actorOf(desk, "caseworker")) === "object";
    return sendPage(
      c,
      casePage(
        {
          ...view,
          ...(mayDecide
            ? {
                decide: {
                  action: `/desk/${state.id}/decide${seq}`,
                  reasons: definition.refusalGrounds.map(({ id, text }) => ({ code: id, text })),
                  ...(view.ruling.eligible
                    ? {}
                    : {
                        blocked: both(
                          "規則說不符合，因此不能核定；不符合的條件列在規則裡。",
                          "The rule says no, so this cannot be approved; the condition that fails is listed.",
                        ),
                      }),
                },
              }
            : {}),
        },
        lang,
        chromeOf(c),
      ),
      status,
    );
  }

  /** Opening a case is itself a reading of the person's data: logged, and shown to the person. Unlogged, nothing is shown. */
  async function noteVisit(
    desk: Desk,
    state: Case,
    definition: ServiceDefinition,
  ): Promise<Result<Case, Refusal<ServiceProblem>>> {
    const now = portal.clock.now();
    const role: Role = desk.officer.roles.includes("caseworker") ? "caseworker" : "approver";
    const actor = actorOf(desk, role);
    const allowed = mayHappen(definition, state, "viewed", actor);
    if (typeof allowed === "string") return err({ code: allowed });
    const seen = state.events.some(
      (event) =>
        event.type === "viewed" &&
        event.actor.person === actor.person &&
        now.getTime() - new Date(event.at).getTime() < visitMs,
    );
    if (seen) return ok(state);
    return act(portal, {
      caseId: state.id,
      event: "viewed",
      actor,
      input: { fields: Object.values(state.facts).flatMap((fact) => Object.keys(fact.values)) },
      idempotencyKey: `viewed/${desk.session.id}/${Math.floor(now.getTime() / visitMs)}`,
      effects: [logStep(portal, "viewed", () => shown(desk, role, definition))],
    });
  }

  /** The reading as the person sees it: the data the case holds, under the purpose and law they were fetched for. */
  function shown(desk: Desk, role: Role, definition: ServiceDefinition): Effect {
    return (tx, after) => {
      const need = definition.dataNeeds.find(({ id }) => Object.hasOwn(after.facts, id));
      const agency = agencyOf(country, desk.officer.agency);
      const event = after.events.at(-1)!;
      return saveUsage(tx, after.principal.person, [
        {
          gateway: portal.member,
          id: event.id,
          at: new Date(event.at),
          record: {
            client: { id: memberPath(country, agency), name: agency.name },
            role: role === "caseworker" ? both("承辦人", "caseworker") : both("放行人", "approver"),
            holder: agency.name,
            service: "case",
            serviceTitle: both("案件內容", "The case file"),
            fields: Object.keys(after.facts),
            purpose: need?.purpose.code ?? definition.id,
            legalBasis: need?.legalBasis ?? definition.metadata.legalBasis[0]?.code ?? null,
            issue: after.id,
            outcome: "200",
            caseId: after.id,
            seq: event.seq,
          },
          receipt: null,
        },
      ]);
    };
  }

  function commandOf(c: C, desk: Desk, state: Case, role: Role, what: string) {
    const expectedSeq = Number(c.req.query("seq") ?? Number.NaN);
    return {
      caseId: state.id,
      actor: actorOf(desk, role),
      expectedSeq,
      idempotencyKey: formKey(state.id, `${desk.session.person.id}/${what}`, expectedSeq),
    };
  }

  /** What the officer does in a role; without the role the actor has none, and the case refuses. */
  function actorOf(desk: Desk, role: Role): Actor {
    const held = desk.officer.roles.includes(role) ? role : "applicant";
    return { person: desk.session.person.id, name: desk.session.person.name, role: held };
  }

  async function queueView(c: C, officer: Officer, open?: Pick<Case, "id" | "phase">): Promise<QueueView> {
    // The list beside an open case is the one the case stands in, unless the officer chose another.
    const chosen =
      queues.find((queue) => queue.id === c.req.query("queue")) ??
      queues.find((queue) => open && queue.phases.includes(open.phase)) ??
      queues[0]!;
    const counts = await phaseCounts(database, officer.agency);
    const count = chosen.phases.reduce((sum, phase) => sum + (counts[phase] ?? 0), 0);
    const pages = Math.max(1, Math.ceil(count / queuePageSize));
    const page = Math.min(pages, Math.max(1, Math.trunc(Number(c.req.query("page") ?? 1)) || 1));
    const { cases } = await queueOf(database, officer.agency, {
      phases: chosen.phases,
      limit: queuePageSize,
      offset: (page - 1) * queuePageSize,
    });
    const at = `/desk${open ? `/${open.id}` : ""}`;
    return {
      queues: queues.map((queue) => ({
        name: queue.name,
        count: queue.phases.reduce((sum, phase) => sum + (counts[phase] ?? 0), 0),
        href: `${at}?queue=${queue.id}`,
        ...(queue === chosen ? { current: true } : {}),
      })),
      items: cases.map((one) => queueItem(one, open?.id, page > 1 ? `?queue=${chosen.id}&page=${page}` : "")),
      pages: { page, pages, href: (to) => `${at}?queue=${chosen.id}&page=${to}` },
      order: both("先到期的排在前面", "Those due first are at the top"),
    };
  }

  function queueItem(one: CaseSummary, current: string | undefined, place: string) {
    const definition = definitionOf(country, one.service);
    const item = itemName(country, definition, one.item ?? undefined);
    return {
      number: one.number ?? "–",
      text: both(
        `${one.principalName}${item ? `，${item["zh-Hant"]}` : ""}`,
        `${one.principalName}${item ? `, ${item.en}` : ""}`,
      ),
      state: queueTag(definition, one),
      href: `/desk/${one.id}${place}`,
      ...(one.id === current ? { current: true } : {}),
    };
  }

  function queueTag(definition: ServiceDefinition, one: CaseSummary): Tag {
    if (one.phase !== "review" || !one.dueAt)
      return phaseTag(definition, one.phase, one.submittedAt, portal.clock.now());
    const left = Math.ceil((one.dueAt.getTime() - portal.clock.now().getTime()) / dayMs);
    if (left < 0) return { tone: "bad", text: both(`逾期 ${-left} 天`, `${-left} days late`) };
    return {
      tone: left <= 2 ? "bad" : "wait",
      text: both(`剩 ${left} 天`, left === 1 ? "1 day left" : `${left} days left`),
    };
  }

  async function caseView(
    c: C,
    desk: Desk,
    state: Case,
    definition: ServiceDefinition,
    errors: readonly FieldError[],
  ): Promise<CaseView> {
    const item = chosenItem(country, definition, state);
    const ruling = state.decision?.ruling ?? ruleNow(definition, state);
    const relation = state.mandate
      ? both(
          `代理人：${state.applicant.name}（${state.mandate.title["zh-Hant"]}，戶政資料確認）。`,
          `Applied for by ${state.applicant.name} (${state.mandate.title.en}, confirmed by the household register). `,
        )
      : both("", "");
    return {
      queue: await queueView(c, desk.officer, state),
      number: state.number ?? "–",
      title: both(
        `${state.principal.name}${item ? `，${item["zh-Hant"]}` : ""}`,
        `${state.principal.name}${item ? `, ${item.en}` : ""}`,
      ),
      state: phaseTag(
        definition,
        state.phase,
        state.submittedAt ? new Date(state.submittedAt) : null,
        portal.clock.now(),
      ),
      summary: joined([relation, await signatureWords(state), decisionWords(state)]),
      facts: [
        ...factLines(country, definition, state, c.var.visit.lang),
        ...definition.questions
          .filter((question) => question.kind !== "item-from-schedule")
          .map((question) => ({
            label: question.title,
            value: answerText(country, definition, question, state, true),
          })),
      ],
      ruling: { eligible: ruling.eligible, amount: ruling.amount, why: explained(ruling) },
      history: state.events
        .filter((event) => !["answered", "facts-added"].includes(event.type))
        .map((event, at, all): TimelineEvent => ({
          at: new Date(event.at),
          title: definition.events.find((rule) => rule.event === event.type)!.title,
          ...(event.actor.role === "system" ? {} : { by: event.actor.name }),
          ...(event.type === "approved" ? { text: money(event.input.ruling.amount) } : {}),
          ...(event.type === "returned" && event.input.note ? { text: event.input.note } : {}),
          state: at === all.length - 1 ? "now" : "done",
        })),
      ...(errors.length > 0 ? { errors } : {}),
    };
  }

  /** Whether the card's signature holds today, checked anew, and whether it covers what was sent. */
  async function signatureWords(state: Case): Promise<Localised> {
    const submitted = state.events.findLast((event) => event.type === "submitted");
    if (!submitted) return both("", "");
    const verdict = await verifySigned(portal.identity, submitted.input.signature);
    if (verdict.status === "indeterminate")
      return both("卡片簽章目前無法查證。", "The card's signature cannot be checked right now.");
    const covers = verdict.status === "valid" && toBase64Url(verdict.payloadHash) === submitted.input.payloadHash;
    return covers
      ? both("卡片簽章有效。", "The card's signature is valid.")
      : both("卡片簽章無效，請勿核定。", "The card's signature is NOT valid; do not approve.");
  }

  function decisionWords(state: Case): Localised {
    const { decision, payment } = state;
    if (!decision) return both("", "");
    const [zh, en] = [formatDateTime(new Date(decision.at), "zh-Hant"), formatDateTime(new Date(decision.at), "en")];
    const what = decision.outcome === "approved" ? money(decision.ruling.amount) : both("", "");
    const outcome =
      decision.outcome === "approved"
        ? both(
            `${decision.by.name} ${zh} 核定 ${what["zh-Hant"]}。`,
            `${decision.by.name} approved ${what.en} on ${en}.`,
          )
        : both(
            `${decision.by.name} ${zh} 決定不予補助：${decision.grounds.map((ground) => ground["zh-Hant"]).join("、")}。`,
            `${decision.by.name} refused on ${en}: ${decision.grounds.map((ground) => ground.en).join(", ")}.`,
          );
    const paid =
      payment?.state === "paid"
        ? both(
            `${formatDateTime(new Date(payment.at), "zh-Hant")} 已付款。`,
            `Paid on ${formatDateTime(new Date(payment.at), "en")}.`,
          )
        : payment
          ? both(`付款未成功：${payment.reason?.["zh-Hant"] ?? ""}`, `The payment failed: ${payment.reason?.en ?? ""}`)
          : both("", "");
    return joined([outcome, paid]);
  }

  function ruleNow(definition: ServiceDefinition, state: Case) {
    const ruling = ruleOn(portal, definition, state, new Date(state.submittedAt ?? portal.clock.now()));
    if (!ruling.ok) throw Object.assign(new Error(`case ${state.id} cannot be judged`), { code: "ruling-missing" });
    return ruling.value;
  }

  return routes;
}

/** Sentences one after the other; English ones apart by a space. */
function joined(parts: readonly Localised[]): Localised {
  return both(
    parts.map((part) => part["zh-Hant"]).join(""),
    parts
      .map((part) => part.en.trim())
      .filter(Boolean)
      .join(" "),
  );
}

function note(form: Readonly<Record<string, string>>): string {
  return (form["remark"] ?? "").trim().slice(0, 2000);
}
