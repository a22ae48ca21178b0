import { agencyOf, type Portal } from "#flows";
import type { Letter } from "#identity";
import type { Localised } from "#kernel";
import type { Charge, Fee } from "#payments";
import { feeMoney, methodTitle } from "#payments/pages";
import { both, formatDate, formatDateTime } from "#ui";
import { answerText, factText } from "./case-view.ts";
import type { OpenCase } from "./desk-case.ts";
import { sealNote } from "./letter-view.ts";

const inBoth = (at: Date, write: typeof formatDate): Localised => both(write(at, "zh-Hant"), write(at, "en"));
const same = (text: string): Localised => both(text, text);

/** The receipt of a fee, as a letter: what, how much, by which law, when and how, and the numbers that find it again. */
export function feeReceiptLetter(
  portal: Portal,
  o: {
    readonly fee: Fee;
    readonly charge: Charge;
    readonly paidAt: Date;
    readonly payer: string;
    readonly opened: OpenCase | undefined;
  },
): Letter {
  const { fee, charge } = o;
  const lines = o.opened?.state.ruling?.lines ?? [];
  return {
    title: both("規費收據", "Receipt of a fee"),
    from: agencyOf(portal.country, fee.agency).name,
    parts: [
      {
        rows: [
          { label: both("收據編號", "Receipt number"), value: same(charge.id) },
          { label: both("申請編號", "Application number"), value: same(fee.reference) },
          { label: both("項目", "For"), value: fee.reason },
          { label: both("繳費人", "Paid by"), value: same(o.payer) },
          { label: both("金額", "Amount"), value: feeMoney(charge.taken ?? charge.amount) },
          { label: both("繳費時間", "Paid"), value: inBoth(o.paidAt, formatDateTime) },
          { label: both("方式", "By"), value: methodTitle(charge.method) },
          { label: both("繳費服務編號", "The payment service's number"), value: same(charge.providerReference ?? "–") },
          { label: both("法律依據", "Legal basis"), value: fee.law },
        ],
      },
      ...(lines.length > 0
        ? [
            { heading: both("金額怎麼算", "How the amount was reckoned") },
            {
              rows: lines.map(({ label, ok, value }) => ({
                label,
                value: ok === undefined ? value : ok ? both("是", "yes") : both("否", "no"),
              })),
            },
          ]
        : []),
    ],
    note: sealNote,
  };
}

/** What a service provides against its fee: the fetched data of one source, as a document of the agency. */
export function providedLetter(portal: Portal, { state, definition }: OpenCase, at: Date): Letter {
  const { fee, metadata, questions, dataNeeds } = definition;
  const need = dataNeeds.find(({ id }) => id === fee?.provides.need);
  const fact = need && state.facts[need.id];
  if (!fee || !need || !fact) throw Object.assign(new Error("nothing is provided"), { code: "letter-nothing" });
  return {
    title: fee.provides.title,
    from: agencyOf(portal.country, metadata.agency).name,
    parts: [
      { paragraph: fee.provides.text },
      {
        rows: need.fields.map(({ path, title }) => ({
          label: title,
          value: factText(portal.country, need, path, fact.values[path]),
        })),
      },
      { heading: both("這份文件", "This document") },
      {
        rows: [
          { label: both("申請編號", "Application number"), value: same(state.number ?? "–") },
          ...questions.map((question) => ({
            label: question.title,
            value: answerText(portal.country, definition, question, state),
          })),
          { label: both("資料取得時間", "Data fetched"), value: inBoth(new Date(fact.fetchedAt), formatDateTime) },
          { label: both("核發日期", "Provided"), value: inBoth(at, formatDate) },
        ],
      },
    ],
    note: sealNote,
  };
}
