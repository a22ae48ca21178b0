import { createHash } from "node:crypto";
import { Hono, type Context } from "hono";
import { agencyOf, applicationDocument, feeOfCase, settleFees, readyToSign, ruleOn, submitApplication } from "#flows";
import { finishSignature, prepareSignature } from "#identity";
import { canonicalJson, type JsonValue } from "#kernel";
import { feePaths } from "#payments/pages";
import { declarePage, receiptPage } from "#services/pages";
import { both, type FieldError } from "#ui";
import { allAnswered, draftOf } from "./draft.ts";
import { nextPath, step } from "./journey.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";
import { stepUp, wantsStepUp } from "./step-up.ts";

/** The end of an application's road: the declaration, the card's signature, the receipt. */
export function signRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
  const { country } = portal;
  const routes = new Hono<PortalEnv>();

  routes.get("/apply/:case/sign", (c) => sendDeclaration(c, []));

  routes.post("/apply/:case/sign", async (c) => {
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    const form = ownForm(draft.session, await readForm(c));
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    if (form["agree"] !== "yes")
      return sendDeclaration(c, [
        { field: "agree", text: both("請勾選聲明，再簽署。", "Tick the declaration, then sign.") },
      ]);
    const ready = await readyToSign(portal, draft.session, draft.state.id);
    if (!ready.ok && wantsStepUp(ready.error))
      return stepUp(context, c, draft.session, ready.error, { fields: form, page: `/apply/${draft.state.id}/sign` });
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
    const draft = await draftOf(context, c);
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
    const draft = await draftOf(context, c);
    if (draft instanceof Response) return draft;
    const { state, definition } = draft;
    if (!state.number || !state.submittedAt || !state.dueAt) return goTo(c, nextPath(state, definition));
    if (definition.fee) {
      await settleFees(portal, state.id);
      const owed = await feeOfCase(portal, definition, state);
      return goTo(c, owed ? `${feePaths.mine}/${owed.fee.id}` : `/applications/${state.id}`);
    }
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

  async function sendDeclaration(c: Context<PortalEnv>, errors: readonly FieldError[]) {
    const draft = await draftOf(context, c);
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
          ...(draft.definition.fee && { fee: true }),
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

function digestOf(document: JsonValue): string {
  return createHash("sha256").update(canonicalJson(document)).digest("hex");
}
