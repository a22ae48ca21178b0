import { Hono, type Context } from "hono";
import { agreePage, fetchedPage } from "#consent/pages";
import {
  accountToChange,
  agencyOf,
  agree,
  agreementOf,
  applicantOf,
  beginApplication,
  fetchFacts,
  ruleOn,
  type FetchOutcome,
} from "#flows";
import { refusalOf } from "#http";
import { uuidV7 } from "#kernel";
import { verdictText } from "#payments/pages";
import { act, readAnswer, type Question } from "#services";
import { checkPage } from "#services/pages";
import { both } from "#ui";
import { problemTables } from "../problem-tables.ts";
import { answerText, factRows, factSource } from "./case-view.ts";
import { allAnswered, draftOf, type Draft } from "./draft.ts";
import { explained, nextPath, step } from "./journey.ts";
import type { PortalContext } from "./portal-site.ts";
import { sendQuestion } from "./question-view.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";
import { stepUp, wantsStepUp } from "./step-up.ts";

/** The application's road up to the signature: start, consent, data, questions, check. One decision a page. */
export function applyRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { country } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get("/services/:service/start", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const definition = country.services.find((service) => service.id === c.req.param("service"));
    if (!definition) return sendRefusal(context, c, { code: "public-service-unknown" });
    // Whom it is for is asked once per visit; acting for somebody already answers it.
    if (!session.acting && c.req.query("for") !== "self")
      return goTo(c, `/act-for?next=${encodeURIComponent(`/services/${definition.id}/start?for=self`)}`);
    const begun = await beginApplication(portal, session, definition);
    if (begun.ok) return goTo(c, nextPath(begun.value, definition));
    return wantsStepUp(begun.error) ? stepUp(context, c, session, begun.error) : sendRefusal(context, c, begun.error);
  });

  routes.get("/apply/:case", async (c) => {
    const draft = await draftOf(context, c);
    return draft instanceof Response ? draft : goTo(c, nextPath(draft.state, draft.definition));
  });

  routes.get("/apply/:case/consent", async (c) => {
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    const { state, definition } = draft;
    const agreement = agreementOf(country, definition);
    return sendPage(
      c,
      agreePage(
        {
          steps: step(1),
          requester: agreement.controller.name,
          service: agreement.title,
          ...(state.principal.person === state.applicant.person ? {} : { subject: state.principal.name }),
          asked: agreement.needs.map((need) => ({
            agency: need.source.name,
            dataset: need.title,
            fields: need.fields.map((field) => field.title),
            purpose: need.purpose,
          })),
          legalBasis: both(
            `${agreement.legalBasis.law["zh-Hant"]}；您的同意`,
            `${agreement.legalBasis.law.en}; your agreement`,
          ),
          retention: agreement.retention,
          readers: both("承辦人與放行人", "The caseworker and the person who releases the payment"),
          onward: both("不再轉給其他機關", "Nobody else"),
          refusal: both(
            "不會取得任何資料；可改到櫃台辦理。",
            "Nothing is fetched. You can apply at a counter instead.",
          ),
          action: `/apply/${state.id}/consent`,
          version: `${agreement.id}@${agreement.version}`,
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.post("/apply/:case/consent", async (c) => {
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    const form = ownForm(draft.session, await readForm(c));
    const agreement = agreementOf(country, draft.definition);
    // What was shown must be what is recorded: a page of an older version asks again.
    if (!form || form["version"] !== `${agreement.id}@${agreement.version}`)
      return sendRefusal(context, c, { code: "form-tampered" });
    if (form["answer"] !== "agree") return goTo(c, `/services/${draft.definition.id}`);
    const agreed = await agree(portal, draft.session, draft.state.id);
    return agreed.ok ? fetchAndShow(c, draft, form) : sendRefusal(context, c, agreed.error);
  });

  routes.get("/apply/:case/fetched", async (c) => {
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    return draft.state.consentId ? sendFetched(c, draft, []) : goTo(c, nextPath(draft.state, draft.definition));
  });

  routes.post("/apply/:case/fetched", async (c) => {
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    const form = ownForm(draft.session, await readForm(c));
    return form ? fetchAndShow(c, draft, form) : sendRefusal(context, c, { code: "form-tampered" });
  });

  routes.get("/apply/:case/question/:question", async (c) => {
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    const question = questionOf(c, draft);
    if (question instanceof Response) return question;
    return sendQuestion(context, c, draft, question, [], {});
  });

  routes.post("/apply/:case/question/:question", async (c) => {
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    const question = questionOf(c, draft);
    if (question instanceof Response) return question;
    const form = ownForm(draft.session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const items =
      question.kind === "item-from-schedule"
        ? new Set((country.schedules[question.schedule] ?? []).map((item) => item.id))
        : new Set<string>();
    const answer = readAnswer(question, form, { items, checkAccount: country.checkAccount });
    if (!answer.ok) return sendQuestion(context, c, draft, question, answer.error, form);
    if (question.kind === "bank-account") {
      const { institution = "", account: number = "" } = answer.value as { institution?: string; account?: string };
      const verdict = await accountToChange(portal, draft.session, draft.state, { institution, number });
      if (verdict) {
        const suggest = verdict.result === "branch-wrong" ? verdict.suggest : undefined;
        const better = suggest ? { ...form, institution: suggest.slice(0, 3), branch: suggest.slice(3) } : form;
        const field = verdict.result === "branch-wrong" ? "branch" : "account";
        return sendQuestion(context, c, draft, question, [{ field, text: verdictText(verdict) }], better);
      }
    }
    const saved = await act(portal, {
      caseId: draft.state.id,
      event: "answered",
      actor: applicantOf(draft.session),
      input: { answers: { [question.id]: answer.value } },
      idempotencyKey: uuidV7(portal.clock.now()),
    });
    if (!saved.ok) return sendRefusal(context, c, saved.error);
    return goTo(c, c.req.query("change") ? `/apply/${draft.state.id}/check` : nextPath(saved.value, draft.definition));
  });

  routes.get("/apply/:case/check", async (c) => {
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    const { state, definition } = draft;
    const ruling = ruleOn(portal, definition, state, portal.clock.now());
    if (!ruling.ok || !allAnswered(draft)) return goTo(c, nextPath(state, definition));
    return sendPage(
      c,
      checkPage(
        {
          steps: step(3),
          backHref: `/apply/${state.id}/question/${definition.questions.at(-1)!.id}`,
          groups: [
            {
              heading: both("您的回答", "Your answers"),
              rows: definition.questions.map((question) => ({
                label: question.title,
                value: answerText(country, definition, question, state),
                change: `/apply/${state.id}/question/${question.id}?change=1`,
              })),
            },
            { heading: both("我們取得的資料", "What we fetched"), rows: factRows(country, definition, state) },
          ],
          amount: { value: ruling.value.amount, why: explained(ruling.value) },
          ...(definition.fee && { fee: true }),
          ...(ruling.value.eligible
            ? {}
            : {
                warning: definition.fee
                  ? both(
                      "依目前的資料，有條件不符合（見規則說明），不能送出。",
                      "By these data a condition is not met (see the rule), so it cannot be sent.",
                    )
                  : both(
                      "依目前的資料，有條件不符合（見規則說明）。您仍可以送出，由承辦人決定並告知理由。",
                      "By these data a condition is not met (see the rule). You can still send it; the caseworker decides and gives the reasons.",
                    ),
              }),
          nextHref: `/apply/${state.id}/sign`,
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  function questionOf(c: C, { state, definition }: Draft): Question | Response {
    const question = definition.questions.find((candidate) => candidate.id === c.req.param("question"));
    if (!question) return goTo(c, nextPath(state, definition));
    const factsMissing = definition.dataNeeds.some((need) => !state.facts[need.id]);
    return state.phase !== "draft" || factsMissing ? goTo(c, nextPath(state, definition)) : question;
  }

  /** Fetches what is missing. What a source said is known only now, so a page with a failure is shown at once. */
  async function fetchAndShow(c: C, draft: Draft, fields: Readonly<Record<string, string>>) {
    const { id } = draft.state;
    const fetched = await fetchFacts(portal, draft.session, id);
    if (!fetched.ok && wantsStepUp(fetched.error))
      return stepUp(context, c, draft.session, fetched.error, { fields, page: `/apply/${id}` });
    if (!fetched.ok)
      return fetched.error.code === "consent-needed"
        ? goTo(c, `/apply/${id}/consent`)
        : sendRefusal(context, c, fetched.error);
    const { state, outcomes } = fetched.value;
    return outcomes.every(({ result }) => result.ok)
      ? goTo(c, `/apply/${id}/fetched`)
      : sendFetched(c, { ...draft, state }, outcomes);
  }

  function sendFetched(c: C, { state, definition }: Draft, outcomes: readonly FetchOutcome[]) {
    return sendPage(
      c,
      fetchedPage(
        {
          steps: step(1),
          lines: definition.dataNeeds.map((need) => {
            const fact = state.facts[need.id];
            const agency = agencyOf(country, need.source.agency).name;
            const refused = outcomes.find((outcome) => outcome.need === need.id)?.result;
            if (!fact) {
              const code = refused && !refused.ok ? refused.error.code : "source-unavailable";
              return {
                dataset: need.title,
                source: { agency },
                state: "failed" as const,
                problem: refusalOf({ code }, Object.values(problemTables)),
              };
            }
            return {
              dataset: need.title,
              source: factSource(fact),
              state: "done" as const,
              facts: factRows(country, { ...definition, dataNeeds: [need] }, state).map(({ label, value }) => ({
                label,
                value,
              })),
            };
          }),
          nextHref: nextPath(state, definition),
          retryAction: `/apply/${state.id}/fetched`,
          counterHref: `/services/${definition.id}`,
        },
        c.var.visit.lang,
        chromeOf(c, `/apply/${state.id}/fetched`),
      ),
    );
  }

  return routes;
}
