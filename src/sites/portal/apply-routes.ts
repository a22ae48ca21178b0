import { createHash } from "node:crypto";
import { Hono, type Context } from "hono";
import { agreePage, fetchedPage } from "#consent/pages";
import {
  agencyOf,
  agree,
  agreementOf,
  applicantOf,
  applicationDocument,
  beginApplication,
  fetchFacts,
  mayGoOn,
  readyToSign,
  ruleOn,
  submitApplication,
  type FetchOutcome,
} from "#flows";
import { refusalOf } from "#http";
import { finishSignature, prepareSignature } from "#identity";
import { canonicalJson, isUuid, uuidV7, type JsonValue } from "#kernel";
import { act, openCase, readAnswer, unanswered, type Question } from "#services";
import { checkPage, declarePage, receiptPage } from "#services/pages";
import { both, type FieldError } from "#ui";
import { problemTables } from "../problem-tables.ts";
import { answerText, factRows, factSource } from "./case-view.ts";
import { explained, nextPath, step } from "./journey.ts";
import type { PortalContext } from "./portal-site.ts";
import { sendQuestion, type Draft } from "./question-view.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

/** The application's road: start, consent, data, questions, check, signature, receipt. One decision a page. */
export function applyRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
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
    return begun.ok ? goTo(c, nextPath(begun.value, definition)) : sendRefusal(context, c, begun.error);
  });

  routes.get("/apply/:case", async (c) => {
    const draft = await draftOf(c);
    return draft instanceof Response ? draft : goTo(c, nextPath(draft.state, draft.definition));
  });

  routes.get("/apply/:case/consent", async (c) => {
    const draft = await draftOf(c);
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
    const draft = await draftOf(c);
    if (draft instanceof Response) return draft;
    const form = ownForm(draft.session, await readForm(c));
    const agreement = agreementOf(country, draft.definition);
    // What was shown must be what is recorded: a page of an older version asks again.
    if (!form || form["version"] !== `${agreement.id}@${agreement.version}`)
      return sendRefusal(context, c, { code: "form-tampered" });
    if (form["answer"] !== "agree") return goTo(c, `/services/${draft.definition.id}`);
    const agreed = await agree(portal, draft.session, draft.state.id);
    return agreed.ok ? fetchAndShow(c, draft) : sendRefusal(context, c, agreed.error);
  });

  routes.get("/apply/:case/fetched", async (c) => {
    const draft = await draftOf(c);
    if (draft instanceof Response) return draft;
    return draft.state.consentId ? sendFetched(c, draft, []) : goTo(c, nextPath(draft.state, draft.definition));
  });

  routes.post("/apply/:case/fetched", async (c) => {
    const draft = await draftOf(c);
    if (draft instanceof Response) return draft;
    if (!ownForm(draft.session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    return fetchAndShow(c, draft);
  });

  routes.get("/apply/:case/question/:question", async (c) => {
    const draft = await draftOf(c);
    if (draft instanceof Response) return draft;
    const question = questionOf(c, draft);
    if (question instanceof Response) return question;
    return sendQuestion(context, c, draft, question, [], {});
  });

  routes.post("/apply/:case/question/:question", async (c) => {
    const draft = await draftOf(c);
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
    const draft = await draftOf(c);
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
          ...(ruling.value.eligible
            ? {}
            : {
                warning: both(
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

  routes.get("/apply/:case/sign", (c) => sendDeclaration(c, []));

  routes.post("/apply/:case/sign", async (c) => {
    const draft = await draftOf(c);
    if (draft instanceof Response) return draft;
    const form = ownForm(draft.session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    if (form["agree"] !== "yes")
      return sendDeclaration(c, [
        { field: "agree", text: both("請勾選聲明，再簽署。", "Tick the declaration, then sign.") },
      ]);
    const ready = await readyToSign(portal, draft.session, draft.state.id);
    if (!ready.ok) return sendRefusal(context, c, ready.error);
    const prepared = await prepareSignature(portal.identity, draft.session, {
      payload: ready.value.document,
      contentType: "application/vnd.taroko.application+json",
    });
    if (!prepared.ok) return sendRefusal(context, c, prepared.error);
    const reader = new URL("/sign", options.readerUrl);
    reader.search = new URLSearchParams({
      hash: prepared.value.hash,
      hashFunction: prepared.value.hashFunction,
      origin: options.origin,
      return: `${options.origin}/apply/${draft.state.id}/signed/${prepared.value.id}`,
      display: `${draft.definition.metadata.title[c.var.visit.lang]} ${digestOf(ready.value.document).slice(0, 16)}…`,
      lang: c.var.visit.lang,
    }).toString();
    return goTo(c, reader.href);
  });

  // The reader posts here. The signature request, bound to this session and used once, stands in for a CSRF token.
  routes.post("/apply/:case/signed/:request", async (c) => {
    const draft = await draftOf(c);
    if (draft instanceof Response) return draft;
    const form = await readForm(c);
    const signed = await finishSignature(portal.identity, draft.session, {
      id: c.req.param("request"),
      signature: form?.["signature"] ?? "",
      ...(form?.["certificate"] ? { certificate: form["certificate"] } : {}),
    });
    if (!signed.ok)
      return sendRefusal(context, c, signed.error, {
        ways: [{ text: both("再簽一次", "Sign again"), href: `/apply/${draft.state.id}/sign` }],
      });
    const sent = await submitApplication(portal, draft.session, {
      caseId: draft.state.id,
      signature: signed.value.jws,
      payloadHash: signed.value.payloadHash,
    });
    return sent.ok
      ? goTo(c, `/apply/${draft.state.id}/receipt`)
      : sendRefusal(context, c, sent.error, {
          ways: [{ text: both("回到申請", "Back to the application"), href: `/apply/${draft.state.id}` }],
        });
  });

  routes.get("/apply/:case/signed/:request", (c) => {
    const reason = c.req.query("error");
    const code = reason === "PIN_LOCKED" ? "pin-locked" : reason === "NO_CARD" ? "no-card" : "reader-cancelled";
    return sendRefusal(
      context,
      c,
      { code },
      { ways: [{ text: both("再簽一次", "Sign again"), href: `/apply/${c.req.param("case")}/sign` }] },
    );
  });

  routes.get("/apply/:case/receipt", async (c) => {
    const draft = await draftOf(c);
    if (draft instanceof Response) return draft;
    const { state, definition } = draft;
    if (!state.number || !state.submittedAt || !state.dueAt) return goTo(c, nextPath(state, definition));
    const agency = agencyOf(country, definition.metadata.agency);
    return sendPage(
      c,
      receiptPage(
        {
          number: state.number,
          service: definition.metadata.title,
          applicant: state.principal.name,
          sentAt: new Date(state.submittedAt),
          due: new Date(state.dueAt),
          agency: agency.name,
          next: [
            both(
              `${agency.shortName["zh-Hant"]}承辦人會查看資料與規則，作出決定。`,
              `A caseworker of ${agency.name.en} looks at the facts and the rule, and decides.`,
            ),
            both(
              "核定後由第二位同仁放行，款項直接匯入您的帳戶。",
              "After approval a second officer releases the money, which goes straight to the account.",
            ),
            both(
              "每一步都會出現在「我的申請」；誰看過資料，也都查得到。",
              "Every step shows under My applications, and so does everyone who looked at the data.",
            ),
          ],
          statusHref: `/applications/${state.id}`,
          downloadHref: `/applications/${state.id}/proof/${state.events.find((event) => event.type === "submitted")!.seq}`,
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  /** The case in the address, if it is the visitor's own application. */
  async function draftOf(c: C): Promise<Draft | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("case") ?? "";
    const opened = isUuid(id) ? await openCase(portal.database, id) : undefined;
    if (!opened || opened.state.applicant.person !== session.person.id)
      return sendRefusal(context, c, { code: "case-unknown" });
    // A draft goes on only while the mandate it rests on does; what was sent stays the applicant's to see.
    const may = opened.state.phase === "draft" ? mayGoOn(portal, session, opened.state) : undefined;
    if (may && !may.ok) {
      const asked = `/act-for?next=${encodeURIComponent(`/apply/${id}`)}`;
      if (c.req.method === "GET") return goTo(c, asked);
      return sendRefusal(context, c, may.error, {
        ways: [{ text: both("選擇替誰辦理", "Choose whom you act for"), href: asked }],
      });
    }
    return { session, ...opened };
  }

  function questionOf(c: C, { state, definition }: Draft): Question | Response {
    const question = definition.questions.find((candidate) => candidate.id === c.req.param("question"));
    if (!question) return goTo(c, nextPath(state, definition));
    const factsMissing = definition.dataNeeds.some((need) => !state.facts[need.id]);
    return state.phase !== "draft" || factsMissing ? goTo(c, nextPath(state, definition)) : question;
  }

  /** Fetches what is missing. What a source said is known only now, so a page with a failure is shown at once. */
  async function fetchAndShow(c: C, draft: Draft) {
    const { id } = draft.state;
    const fetched = await fetchFacts(portal, draft.session, id);
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

  async function sendDeclaration(c: C, errors: readonly FieldError[]) {
    const draft = await draftOf(c);
    if (draft instanceof Response) return draft;
    if (draft.state.phase !== "draft") return goTo(c, `/apply/${draft.state.id}/receipt`);
    const ruling = ruleOn(portal, draft.definition, draft.state, portal.clock.now());
    if (!ruling.ok || !allAnswered(draft)) return goTo(c, nextPath(draft.state, draft.definition));
    const document = applicationDocument(draft.state, draft.definition, ruling.value as unknown as JsonValue);
    return sendPage(
      c,
      declarePage(
        {
          steps: step(4),
          backHref: `/apply/${draft.state.id}/check`,
          service: draft.definition.metadata.title,
          amount: ruling.value.amount,
          statements: [draft.definition.declaration],
          digest: digestOf(document),
          simulator: options.demonstration,
          action: `/apply/${draft.state.id}/sign`,
          ...(errors.length > 0 ? { errors } : {}),
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
      errors.length > 0 ? 422 : 200,
    );
  }

  return routes;
}

function allAnswered({ definition, state }: Draft): boolean {
  return unanswered(definition.questions, state.answers).length === 0;
}

function digestOf(document: JsonValue): string {
  return createHash("sha256").update(canonicalJson(document)).digest("hex");
}
