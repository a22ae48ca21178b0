import { ruleOn, type Portal } from "#flows";
import { verifySigned } from "#identity";
import { toBase64Url, type Language, type Localised } from "#kernel";
import { paymentFor } from "#payments";
import { paymentPaths, stateTag } from "#payments/pages";
import type { Case, ServiceDefinition } from "#services";
import type { CaseView } from "#services/pages";
import { both, formatDateTime, type TimelineEvent } from "#ui";
import { answerText, caseTag, chosenItem, factLines, money, nameAndItem } from "./case-view.ts";
import { explained } from "./journey.ts";

/** A case with the definition it runs under. */
export interface OpenCase {
  readonly state: Case;
  readonly definition: ServiceDefinition;
}

/** A case as an officer sees it: the facts beside the rule, the signature checked anew, and what happened so far. */
export async function deskCaseView(
  portal: Portal,
  { state, definition }: OpenCase,
  lang: Language,
): Promise<Omit<CaseView, "queue">> {
  const { country } = portal;
  const item = chosenItem(country, definition, state);
  const ruling = state.decision?.ruling ?? state.ruling ?? ruleNow(portal, definition, state);
  const payment = state.number ? await paymentFor(portal.payments, state.number) : undefined;
  const relation = state.mandate
    ? both(
        `代理人：${state.applicant.name}（${state.mandate.title["zh-Hant"]}，戶政資料確認）。`,
        `Applied for by ${state.applicant.name} (${state.mandate.title.en}, confirmed by the household register). `,
      )
    : both("", "");
  return {
    number: state.number ?? "–",
    title: nameAndItem(state.principal.name, item),
    state: caseTag(definition, state, portal.clock.now()),
    summary: joined([relation, await signatureWords(portal, state), decisionWords(state)]),
    facts: [
      ...factLines(country, definition, state, lang),
      ...definition.questions
        .filter((question) => question.kind !== "item-from-schedule")
        .map((question) => ({
          label: question.title,
          value: answerText(country, definition, question, state, true),
        })),
    ],
    ruling: {
      eligible: ruling.eligible,
      amount: ruling.amount,
      why: explained(ruling),
      ...(ruling.basis && { accountHref: `/desk/${state.id}/rule` }),
    },
    ...(payment && {
      payment: { state: stateTag(payment.state), href: `${paymentPaths.all}/${payment.instructionId}` },
    }),
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
  };
}

/** Whether the card's signature holds today, checked anew, and whether it covers what was sent. */
async function signatureWords({ identity }: Portal, state: Case): Promise<Localised> {
  const submitted = state.events.findLast((event) => event.type === "submitted");
  if (!submitted) return both("", "");
  const verdict = await verifySigned(identity, submitted.input.signature);
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
      ? both(`${decision.by.name} ${zh} 核定 ${what["zh-Hant"]}。`, `${decision.by.name} approved ${what.en} on ${en}.`)
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

function ruleNow(portal: Portal, definition: ServiceDefinition, state: Case) {
  const ruling = ruleOn(portal, definition, state, new Date(state.submittedAt ?? portal.clock.now()));
  if (!ruling.ok) throw Object.assign(new Error(`case ${state.id} cannot be judged`), { code: "ruling-missing" });
  return ruling.value;
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
