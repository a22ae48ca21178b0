import { agencyOf, type Portal } from "#flows";
import type { Letter, LetterPart } from "#identity";
import type { Localised } from "#kernel";
import type { Case, ServiceDefinition } from "#services";
import { both, formatDate, formatDateTime } from "#ui";
import { chosenItem, money } from "./case-view.ts";

const dayMs = 24 * 60 * 60 * 1000;

interface Opened {
  readonly state: Case;
  readonly definition: ServiceDefinition;
}

const inBoth = (at: Date, write: typeof formatDate): Localised => both(write(at, "zh-Hant"), write(at, "en"));
const same = (text: string): Localised => both(text, text);

function facts({ state, definition }: Opened, portal: Portal): { label: Localised; value: Localised }[] {
  const item = chosenItem(portal.country, definition, state);
  const agency = agencyOf(portal.country, definition.metadata.agency);
  const other = state.applicant.person !== state.principal.person;
  return [
    { label: both("申請編號", "Application number"), value: same(state.number ?? "–") },
    { label: both("服務", "Service"), value: definition.metadata.title },
    { label: both("申請人", "Applicant"), value: same(state.principal.name) },
    ...(other ? [{ label: both("由誰代為申請", "Applied for by"), value: same(state.applicant.name) }] : []),
    ...(item ? [{ label: both("項目", "Item"), value: item }] : []),
    { label: both("承辦機關", "Agency"), value: agency.name },
  ];
}

/** What the seal says, and what it does not. */
export const sealNote: Localised = both(
  "本文件由入口網站以機關章密封。機關章證明文件出自這裡、之後沒有被改過；它不是任何人的簽名。可在入口網站的「檢查簽章」頁檢查。",
  "This document is sealed by the portal. The seal shows that it comes from here and was not changed since; it is no person's signature. Check it on the portal's page “Check a signature”.",
);

/** The receipt of an application, as a letter. */
export function receiptLetter(portal: Portal, opened: Opened, at: Date): Letter {
  const { state, definition } = opened;
  const agency = agencyOf(portal.country, definition.metadata.agency);
  return {
    title: both("申請收據", "Receipt of an application"),
    from: agency.name,
    parts: [
      { paragraph: both("我們已收到這件申請。", "We have received this application.") },
      {
        rows: [
          ...facts(opened, portal),
          { label: both("送出時間", "Sent"), value: inBoth(at, formatDateTime) },
          ...(state.dueAt
            ? [{ label: both("最晚決定日", "Decision by"), value: inBoth(new Date(state.dueAt), formatDate) }]
            : []),
        ],
      },
    ],
    note: sealNote,
  };
}

/** The decision on an application, as a letter: what, why, on which rule, and what the person may do about it. */
export function decisionLetter(portal: Portal, opened: Opened, at: Date): Letter {
  const { state, definition } = opened;
  const { decision } = state;
  if (!decision) throw Object.assign(new Error("there is no decision"), { code: "letter-nothing" });
  const agency = agencyOf(portal.country, definition.metadata.agency);
  const approved = decision.outcome === "approved";
  const { ruling, grounds, note } = decision;
  const outcome = approved ? both("核定", "Approved") : both("不予補助", "Refused");
  const reasons: LetterPart[] = [...grounds, ...(note ? [same(note)] : [])].map((paragraph) => ({ paragraph }));
  return {
    title: approved ? both("核定通知", "Notice of approval") : both("不予補助通知", "Notice of refusal"),
    from: agency.name,
    parts: [
      {
        rows: [
          ...facts(opened, portal),
          { label: both("決定", "Decision"), value: outcome },
          ...(approved ? [{ label: both("金額", "Amount"), value: money(ruling.amount) }] : []),
          { label: both("決定日期", "Date of the decision"), value: inBoth(at, formatDate) },
        ],
      },
      ...(reasons.length > 0 ? [{ heading: both("理由", "Reasons") }, ...reasons] : []),
      { heading: both("依據", "Basis") },
      {
        rows: ruling.lines.map(({ label, ok, value }) => {
          const said = ok ?? value;
          const word = said === true ? both("是", "yes") : said === false ? both("否", "no") : said;
          return { label, value: typeof word === "object" ? word : same(String(word)) };
        }),
      },
      {
        paragraph: both(
          `規則：${ruling.model.name["zh-Hant"]}，第 ${ruling.model.version} 版。`,
          `Rule: ${ruling.model.name.en}, version ${ruling.model.version}.`,
        ),
      },
      ...definition.metadata.legalBasis.map(({ law }) => ({ paragraph: typeof law === "string" ? same(law) : law })),
      { heading: both("如果您不同意", "If you disagree") },
      { paragraph: definition.remedies },
      ...(definition.appealDays === undefined
        ? []
        : [
            {
              paragraph: both(
                `最晚到 ${formatDate(new Date(at.getTime() + definition.appealDays * dayMs), "zh-Hant")}。`,
                `At the latest by ${formatDate(new Date(at.getTime() + definition.appealDays * dayMs), "en")}.`,
              ),
            },
          ]),
    ],
    note: sealNote,
  };
}
