import { Hono, type Context } from "hono";
import { approve, formKey, refuse, release, sendBack } from "#flows";
import { officesFor, type Officer } from "#identity";
import { mandatePaths, staffPaths } from "#identity/pages";
import { isUuid, type Localised, type Refusal } from "#kernel";
import { paymentFor } from "#payments";
import { paymentPaths } from "#payments/pages";
import { accountOfRulingPage, draftPaths } from "#rules/pages";
import { mayHappen, openCase, type Case, type Role } from "#services";
import { casePage, queuePage, releasePage, type CaseView } from "#services/pages";
import { both, type FieldError } from "#ui";
import { mayOpenDesk, mayWithCase, refusedWithCase, type CaseAction } from "./authorise.ts";
import { deskCaseView, type OpenCase } from "./desk-case.ts";
import { queueView } from "./desk-queue.ts";
import { accountView } from "./rule-view.ts";
import { actorOf, noteVisit, type Desk } from "./note-visit.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";
import { stepUp, wantsStepUp } from "./step-up.ts";

/** After these the case itself would be refused as well. */
const noWayBack: ReadonlySet<string> = new Set(["own-case", "relatives-case"]);

/** The caseworkers' desk of one agency: queue, case with facts beside the rule, decision, release by a second person. */
export function deskRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { database, policies } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get("/desk", async (c) => {
    const desk = await onDuty(c);
    if (desk instanceof Response) return desk;
    return sendPage(c, queuePage(await queueView(portal, desk.officer, asked(c)), c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/desk/:case", async (c) => {
    const desk = await onDuty(c);
    return desk instanceof Response ? desk : sendCase(c, desk, []);
  });

  routes.get("/desk/:case/rule", async (c) => {
    const desk = await onDuty(c);
    if (desk instanceof Response) return desk;
    const opened = await agencyCase(c, desk, "case:view");
    if (opened instanceof Response) return opened;
    const visit = await noteVisit(portal, desk, opened);
    if (!visit.ok) return refusedAt(c, visit.error);
    const view = await accountView(portal, opened.state, c.req.query("again") === "yes");
    return view.ok
      ? sendPage(c, accountOfRulingPage(view.value, c.var.visit.lang, chromeOf(c)))
      : refusedAt(c, view.error);
  });

  routes.post("/desk/:case/decide", async (c) => {
    const desk = await onDuty(c);
    if (desk instanceof Response) return desk;
    const form = ownForm(desk.session, await readForm(c));
    if (!form) return refusedAt(c, { code: "form-tampered" });
    const opened = await agencyCase(c, desk, "case:decide", form);
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
    if (form["release"] !== "yes" && form["release"] !== "no") return refusedAt(c, { code: "form-tampered" });
    const opened = await agencyCase(c, desk, form["release"] === "yes" ? "case:release" : "case:return", form);
    if (opened instanceof Response) return opened;
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
    const { officer, acting } = session;
    // Whoever has several offices says first for which one they are on duty.
    if (!officer && !acting && (await officesFor(portal.identity, session.person.id)).length > 1)
      return goTo(c, staffPaths.office);
    if (!officer || acting) return sendRefusal(context, c, { code: "not-an-officer" });
    const may = await mayOpenDesk(policies, session, officer.agency);
    return may.ok
      ? { session, officer }
      : sendRefusal(context, c, may.error, { area: "desk", ways: otherDesks(officer) });
  }

  /** The case in the address, if it is one of the agency's and the officer may do this with it. */
  async function agencyCase(
    c: C,
    { session, officer }: Desk,
    action: CaseAction,
    fields?: Readonly<Record<string, string>>,
  ): Promise<OpenCase | Response> {
    const id = c.req.param("case") ?? "";
    const opened = isUuid(id) ? await openCase(database, id) : undefined;
    const ours = opened && opened.definition.metadata.agency === officer.agency && opened.state.phase !== "draft";
    if (!opened || !ours) return refusedAt(c, { code: "case-unknown" });
    const may = await mayWithCase(policies, session, action, opened);
    if (!may.ok && fields && wantsStepUp(may.error))
      return stepUp(context, c, session, may.error, { fields, page: `/desk/${id}` });
    return may.ok ? opened : refusedAt(c, may.error);
  }

  function refusedAt(c: C, refusal: Refusal): Response {
    return sendRefusal(context, c, refusal, {
      area: "desk",
      ways: [
        {
          text: both("看案件目前的進度", "See where the case stands"),
          href: c.req.param("case") && !noWayBack.has(refusal.code) ? `/desk/${c.req.param("case")}` : "/desk",
        },
      ],
    }) as Response;
  }

  async function sendCase(c: C, desk: Desk, errors: readonly FieldError[]) {
    const opened = await agencyCase(c, desk, "case:view");
    if (opened instanceof Response) return opened;
    const { definition } = opened;
    const visit = await noteVisit(portal, desk, opened);
    if (!visit.ok) return refusedAt(c, visit.error);
    const state = visit.value;
    const { lang } = c.var.visit;
    const status = errors.length > 0 ? 422 : 200;
    const seq = `?seq=${state.seq}`;
    const view: CaseView = {
      ...(await deskCaseView(portal, { state, definition }, lang)),
      queue: await queueView(portal, desk.officer, asked(c), state),
      ...(errors.length > 0 ? { errors } : {}),
    };
    const payment = state.number ? await paymentFor(portal.payments, state.number) : undefined;
    if (state.phase === "approved" && state.decision && payment) {
      const allowed = mayHappen(definition, state, "released", actorOf(desk, "approver"));
      const refused = await refusedWithCase(policies, desk.session, "case:release", { state, definition });
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
            ...(mayTry(refused) && typeof allowed === "object"
              ? { action: `/desk/${state.id}/release${seq}` }
              : {
                  notAllowed:
                    refused === "second-person-needed"
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
      mayTry(await refusedWithCase(policies, desk.session, "case:decide", { state, definition })) &&
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

  function commandOf(c: C, desk: Desk, state: Case, role: Role, what: string) {
    const expectedSeq = Number(c.req.query("seq") ?? Number.NaN);
    return {
      caseId: state.id,
      actor: actorOf(desk, role),
      expectedSeq,
      idempotencyKey: formKey(state.id, `${desk.session.person.id}/${what}`, expectedSeq),
    };
  }

  return routes;
}

/** A button whose press asks for a fresh proof first is there to be pressed. */
function mayTry(refused: string | undefined): boolean {
  return refused === undefined || wantsStepUp({ code: refused });
}

function asked(c: Context<PortalEnv>): Parameters<typeof queueView>[2] {
  return { queue: c.req.query("queue"), page: c.req.query("page"), all: c.req.query("all") === "yes" };
}

function note(form: Readonly<Record<string, string>>): string {
  return (form["remark"] ?? "").trim().slice(0, 2000);
}

/** Where an officer who decides no cases has work. */
function otherDesks({ roles }: Officer): { readonly text: Localised; readonly href: string }[] {
  return [
    ...(roles.includes("treasury") ? [{ text: both("到付款作業", "Go to the payments"), href: paymentPaths.all }] : []),
    ...(roles.includes("staff-manager")
      ? [{ text: both("管理機關人員", "Go to the agency's staff"), href: staffPaths.all }]
      : []),
    ...(roles.includes("rule-keeper")
      ? [{ text: both("修正規則", "Go to the changes of rules"), href: draftPaths.all }]
      : []),
    ...(roles.includes("security")
      ? [{ text: both("查誰可以代理誰", "Look up who could act for whom"), href: mandatePaths.powers }]
      : []),
  ];
}
