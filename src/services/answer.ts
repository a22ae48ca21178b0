import { err, ok, type JsonValue, type Localised, type Result } from "#kernel";
import type { Question } from "./definition.ts";

/** An official schedule, as far as a question needs it: which items may be chosen. */
export type ScheduleItems = ReadonlySet<string>;

/** What a country knows about accounts: undefined = fine, else what to tell the person. */
export type AccountCheck = (
  institution: string,
  account: string,
) => { field: "institution" | "branch" | "account"; text: Localised } | undefined;

export interface AnswerFault {
  /** Form field the message belongs to. */
  readonly field: string;
  readonly text: Localised;
}

/**
 * Reads the answer to one question from its form fields. Fields the question does not have are refused, not dropped.
 * @returns the typed answer, or what is wrong with which field
 */
export function readAnswer(
  question: Question,
  form: Readonly<Record<string, string>>,
  known: { items: ScheduleItems; checkAccount: AccountCheck },
): Result<JsonValue, AnswerFault[]> {
  const expected = question.kind === "bank-account" ? ["institution", "branch", "account"] : [question.id];
  const unknown = Object.keys(form).filter((field) => !expected.includes(field));
  if (unknown.length > 0) {
    return err(
      unknown.map((field) => ({
        field,
        text: { "zh-Hant": "這一頁沒有這個欄位。", en: "This page has no such field." },
      })),
    );
  }
  switch (question.kind) {
    case "item-from-schedule":
      return known.items.has(form[question.id] ?? "")
        ? ok(form[question.id]!)
        : err([{ field: question.id, text: { "zh-Hant": "請選一項。", en: "Choose one item." } }]);
    case "yes-no":
      return form[question.id] === "yes" || form[question.id] === "no"
        ? ok(form[question.id] === "yes")
        : err([{ field: question.id, text: { "zh-Hant": "請選「是」或「否」。", en: "Choose yes or no." } }]);
    case "number": {
      const given = (form[question.id] ?? "").trim();
      const number = Number(given);
      const { least, most } = question;
      return /^\d{1,9}$/.test(given) && number >= least && number <= most
        ? ok(number)
        : err([
            {
              field: question.id,
              text: {
                "zh-Hant": `請輸入 ${least} 到 ${most} 的數字。`,
                en: `Enter a number from ${least} to ${most}.`,
              },
            },
          ]);
    }
    case "bank-account": {
      const bank = (form["institution"] ?? "").trim();
      const branch = (form["branch"] ?? "").trim();
      const account = (form["account"] ?? "").replaceAll(/[\s-]/g, "");
      const faults: AnswerFault[] = [];
      if (bank === "") {
        faults.push({
          field: "institution",
          text: { "zh-Hant": "請選銀行或郵局。", en: "Choose the bank or post office." },
        });
      }
      if (!/^[0-9]{4}$/.test(branch)) {
        faults.push({
          field: "branch",
          text: { "zh-Hant": "請輸入四位數的分行代碼。", en: "Enter the four digits of the branch." },
        });
      }
      if (account === "")
        faults.push({ field: "account", text: { "zh-Hant": "請輸入帳號。", en: "Enter the account number." } });
      const wrong = faults.length === 0 ? known.checkAccount(bank + branch, account) : undefined;
      if (wrong) faults.push(wrong);
      return faults.length > 0 ? err(faults) : ok({ institution: bank + branch, account });
    }
  }
}

/** The questions that still have no answer, in order. */
export function unanswered(questions: readonly Question[], answers: Readonly<Record<string, JsonValue>>): Question[] {
  return questions.filter((question) => answers[question.id] === undefined);
}
