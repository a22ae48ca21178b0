import { createHash } from "node:crypto";
import type { Portal } from "#flows";
import { canonicalJson, err, ok, toHex, type Refusal, type Result } from "#kernel";
import {
  approveResend,
  askPerson,
  cancelPayment,
  confirmNotReceived,
  correctFromStatement,
  endRecovery,
  openRecovery,
  reasonClass,
  recoveriesOf,
  releasePayment,
  reroutePayment,
  rerouteToCheque,
  sendFileAgain,
  stopForHeirs,
  type Correction,
  type PaymentTrace,
  type TracedAttempt,
} from "#payments";
import { paymentPaths, type ActField, type TraceView } from "#payments/pages";
import { both, type ButtonKind, type FieldError, type Text } from "#ui";
import type { OpenCase } from "./desk-case.ts";
import type { Desk } from "./note-visit.ts";
import { paymentEntity, type PaymentAction, type PaymentDesk } from "./payment-desk.ts";

/** What an act is done with. */
export interface ActGround {
  readonly portal: Portal;
  readonly trace: PaymentTrace;
  readonly newest: TracedAttempt;
  readonly opened: OpenCase | undefined;
  /** What the form said, checked. */
  readonly detail: Readonly<Record<string, string>>;
  readonly by: string;
  /** The second person, where the act takes one. */
  readonly confirmedBy: string;
}

/** An act with one payment at the desk. */
export interface DeskAct {
  readonly title: Text;
  readonly text: Text;
  readonly button: Text;
  readonly kind?: ButtonKind;
  readonly action: PaymentAction;
  /** Asked for by one treasury officer and confirmed by another. */
  readonly second?: true;
  /** Whether it makes sense now; the verb has the last word. */
  possible(newest: TracedAttempt, trace: PaymentTrace, opened: OpenCase | undefined): boolean;
  fields?(portal: Portal, trace: PaymentTrace): readonly ActField[];
  run(ground: ActGround): Promise<Result<unknown, Refusal>>;
}

/** EndToEndIds as this platform gives them. */
export function isPaymentId(text: string): boolean {
  return /^[0-9a-f]{32}-\d{2}$/.test(text);
}

const codes: readonly { readonly value: string; readonly text: Text }[] = [
  { value: "settled", text: both("已入帳", "Paid") },
  { value: "rejected", text: both("銀行退件", "Refused by the bank") },
  { value: "returned", text: both("退匯", "Came back") },
  { value: "not-received", text: both("銀行沒有收到", "The bank never got it") },
];

/** Whether the case itself still waits for its release: then that is done on the case's page, which moves both. */
function onCase(newest: TracedAttempt, opened: OpenCase | undefined): boolean {
  return newest.attempt === 1 && opened?.state.phase === "approved";
}

const ours: ReadonlySet<string> = new Set(["our-fault", "treasury", "next-day"]);

function reasonOf(events: TracedAttempt["events"]): string | undefined {
  return events.findLast(({ to }) => to === "rejected" || to === "returned")?.detail["reason"];
}

/** An address as at most three lines: as typed, or cut where it is too long for one. */
export function addressLines(text: string): string[] {
  const typed = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const pieces = typed.flatMap((line) =>
    Array.from(line).reduce<string[]>((lines, letter) => {
      const last = lines.at(-1);
      if (last === undefined || Array.from(last).length >= 70) lines.push(letter);
      else lines[lines.length - 1] = last + letter;
      return lines;
    }, []),
  );
  return pieces;
}

const unreached: ReadonlySet<string> = new Set(["rejected", "returned", "waiting-for-person", "held"]);
const correctable: ReadonlySet<string> = new Set(["submitted", "accepted", "unknown", "settled", "rejected"]);

/** Every act with one payment, by its place in the address. */
export const deskActs: Readonly<Record<string, DeskAct>> = {
  release: {
    title: both("放行", "Release"),
    text: both(
      "放行後，這筆款項會編進下一個銀行檔。您確認的是金額、受款人、帳戶與決定；其中任何一項改變，放行就失效。",
      "Once released, it goes into the next file for the bank. You confirm amount, payee, account and decision; any change to them voids your release.",
    ),
    button: both("放行這筆款項", "Release this payment"),
    kind: "sun",
    action: "payment:release",
    possible: ({ state }) => state === "approved-once",
    run: ({ portal, trace, detail, by }) =>
      releasePayment(portal.payments, {
        entitlementId: trace.entitlement.id,
        releasedBy: by,
        binding: detail["binding"] ?? "",
      }),
  },
  reroute: {
    title: both("改付其他帳戶", "Send to another account"),
    text: both(
      "這次付款就此結束，另開一筆到新帳戶；由另一位同仁放行後才會送出。",
      "This attempt ends and a new one to the new account begins. It leaves only after a colleague releases it.",
    ),
    button: both("改付這個帳戶", "Send to this account"),
    action: "payment:reroute",
    possible: ({ state, contradicted, events }) =>
      unreached.has(state) && !contradicted && reasonClass(reasonOf(events)) !== "stop-heirs",
    fields: ({ country }) => [
      {
        id: "institution",
        label: both("銀行或郵局", "Bank or post office"),
        options: country.institutions.map(({ code, name }) => ({
          value: code,
          text: both(`${code} ${name["zh-Hant"]}`, `${code} ${name.en}`),
        })),
      },
      { id: "branch", label: both("分行代碼（4 碼）", "Branch code (4 digits)"), width: "short", numeric: true },
      { id: "account", label: both("帳號", "Account number"), numeric: true },
    ],
    run: ({ portal, trace, newest, detail, by }) =>
      reroutePayment(portal.payments, {
        entitlementId: trace.entitlement.id,
        instructionId: newest.id,
        account: {
          institution: `${detail["institution"] ?? ""}${detail["branch"] ?? ""}`,
          number: detail["account"] ?? "",
        },
        approvedBy: by,
      }),
  },
  cheque: {
    title: both("改寄支票", "Send a cheque"),
    text: both(
      "這次付款就此結束，另開一張支票寄到這個地址；由另一位同仁放行後才會寄出。",
      "This attempt ends and a cheque goes to this address. It leaves only after a colleague releases it.",
    ),
    button: both("改寄支票", "Send a cheque"),
    action: "payment:reroute",
    possible: ({ state, contradicted, events }) =>
      unreached.has(state) && !contradicted && reasonClass(reasonOf(events)) !== "stop-heirs",
    fields: () => [
      { id: "postal", label: both("郵遞區號", "Postal code"), width: "short", numeric: true },
      { id: "address", label: both("地址", "Address"), width: "full", rows: 3 },
    ],
    run: ({ portal, trace, newest, detail, by }) =>
      rerouteToCheque(portal.payments, {
        entitlementId: trace.entitlement.id,
        instructionId: newest.id,
        address: { postalCode: detail["postal"] ?? "", lines: addressLines(detail["address"] ?? "") },
        approvedBy: by,
      }),
  },
  "ask-person": {
    title: both("請當事人提供帳戶", "Ask the payee for an account"),
    text: both(
      "當事人會收到通知，自己在「我的款項」提供帳戶或改領支票。",
      "The payee is told, and gives an account or chooses a cheque under “My payments”.",
    ),
    button: both("請當事人提供", "Ask the payee"),
    action: "payment:reroute",
    possible: ({ state }) => state === "rejected" || state === "returned",
    run: ({ portal, newest, by }) => askPerson(portal.payments, { instructionId: newest.id, by }),
  },
  "not-received": {
    title: both("銀行說沒有收到", "The bank never got it"),
    text: both(
      "銀行以書面確認沒有收到這筆時使用；之後兩人核准，才能重送同一筆。",
      "For when the bank confirmed in writing that it never got the payment. Two people may then let the same one leave again.",
    ),
    button: both("提出", "Ask for it"),
    action: "payment:ask",
    second: true,
    possible: ({ state, file }) => state === "unknown" && file !== undefined,
    fields: () => [
      { id: "statement", label: both("銀行來函編號", "Number of the bank's letter") },
      { id: "line", label: both("哪一行或哪一段", "Line or paragraph"), width: "short" },
    ],
    run: ({ portal, newest, detail, by, confirmedBy }) =>
      confirmNotReceived(portal.payments, {
        file: newest.file?.id ?? "",
        instructionIds: [newest.id],
        evidence: { statement: detail["statement"] ?? "", line: detail["line"] ?? "" },
        by,
        confirmedBy,
      }),
  },
  resend: {
    title: both("重送", "Send again"),
    text: both(
      "把這個檔裡銀行沒收到的款項，原樣重送一次：同一個付款編號，不會付兩次。",
      "Sends what the bank never got of this file again as it was: the same payment ids, so nothing is paid twice.",
    ),
    button: both("提出重送", "Ask to send again"),
    action: "payment:ask",
    second: true,
    possible: ({ state, file }) => state === "not-received" && file !== undefined,
    run: ({ portal, newest, by, confirmedBy }) =>
      approveResend(portal.payments, { file: newest.file?.id ?? "", by, confirmedBy }),
  },
  again: {
    title: both("整檔再送", "Send the file’s payments again"),
    text: both(
      "原因已排除（格式修正、帳戶補足、換營業日）時，把這個檔因此被退的款項，以新的一次付款送到原帳戶。",
      "For when the cause is gone: the format mended, the account filled, another banking day. What was refused for it goes to the same accounts as new attempts.",
    ),
    button: both("提出再送", "Ask to send them again"),
    action: "payment:ask",
    second: true,
    possible: ({ state, file, events }) =>
      state === "rejected" && file !== undefined && ours.has(reasonClass(reasonOf(events))),
    fields: () => [{ id: "why", label: both("做了什麼", "What was done"), width: "full", rows: 3 }],
    run: ({ portal, newest, detail, by, confirmedBy }) =>
      sendFileAgain(portal.payments, { file: newest.file?.id ?? "", note: detail["why"] ?? "", by, confirmedBy }),
  },
  heirs: {
    title: both("停止，轉繼承程序", "Stop for the heirs’ procedure"),
    text: both(
      "受款人已歿時使用。繼承人另循程序，會有新的決定與付款。",
      "For when the payee has died. The heirs’ procedure leads to a decision and a payment of its own.",
    ),
    button: both("提出停止", "Ask to stop it"),
    kind: "stop",
    action: "payment:ask",
    second: true,
    possible: ({ state, events }) =>
      ["rejected", "returned", "waiting-for-person"].includes(state) && reasonClass(reasonOf(events)) === "stop-heirs",
    fields: () => [{ id: "why", label: both("依據", "On what it rests"), width: "full", rows: 2 }],
    run: ({ portal, newest, detail, by, confirmedBy }) =>
      stopForHeirs(portal.payments, { instructionId: newest.id, note: detail["why"] ?? "", by, confirmedBy }),
  },
  cancel: {
    title: both("取消", "Cancel"),
    text: both(
      "還沒放行的款項可以取消，之後不能再放行。案件若要重新核定，請從案件退回。",
      "A payment that nobody released can be cancelled; it cannot be released afterwards. To decide the case again, send the case back instead.",
    ),
    button: both("取消這筆款項", "Cancel this payment"),
    kind: "stop",
    action: "payment:stop",
    possible: (newest, _trace, opened) => newest.state === "approved-once" && !onCase(newest, opened),
    run: ({ portal, trace, by }) =>
      cancelPayment(portal.payments, { entitlementId: trace.entitlement.id, cancelledBy: by }),
  },
  correct: {
    title: both("依對帳單更正", "Correct from the statement"),
    text: both(
      "銀行的對帳單證明了真正的狀態時使用。更正會永遠標明是更正，並引用對帳單的那一行。",
      "For when the bank’s statement proves the true state. It stays a correction for ever and names the line of the statement.",
    ),
    button: both("提出更正", "Ask for the correction"),
    action: "payment:ask",
    second: true,
    possible: ({ state }) => correctable.has(state),
    fields: () => [
      { id: "to", label: both("真正的狀態", "The true state"), options: codes },
      { id: "statement", label: both("對帳單編號", "Number of the statement") },
      { id: "line", label: both("第幾行", "Line in it"), width: "short" },
      {
        id: "reason",
        label: both("銀行的原因代碼", "The bank's reason code"),
        hint: both(
          "退件或退匯時填，例如 AC04；其他留空。",
          "For what was refused or came back, AC04 for example; else leave it empty.",
        ),
        width: "short",
      },
    ],
    run: ({ portal, newest, detail, by, confirmedBy }) =>
      correctFromStatement(portal.payments, {
        instructionId: newest.id,
        to: detail["to"] as Correction["to"],
        evidence: { statement: detail["statement"] ?? "", line: detail["line"] ?? "" },
        ...(detail["reason"] && { reason: detail["reason"] }),
        by,
        confirmedBy,
      }),
  },
  recover: {
    title: both("追回", "Ask the money back"),
    text: both(
      "已入帳的款項，全部或一部分請當事人還款。當事人會看到金額、理由、法律依據、期限與怎麼還。",
      "Asks the payee to pay back all or a part of what was paid. They see the amount, why, the law, until when, and how.",
    ),
    button: both("提出追回", "Ask for the recovery"),
    action: "payment:ask",
    second: true,
    possible: ({ state }) => state === "settled",
    fields: (portal, trace) => [
      {
        id: "amount",
        label: both("金額（整數）", "Amount (whole)"),
        value: String(trace.entitlement.amount),
        width: "short",
        numeric: true,
      },
      { id: "why", label: both("理由（當事人會看到）", "Why (the payee reads it)"), width: "full", rows: 3 },
      { id: "law", label: both("法律依據", "Legal basis"), width: "full" },
      {
        id: "due",
        label: both("最晚哪一天還（年-月-日）", "Pay back by (year-month-day)"),
        value: portal.country.dayOf(new Date(portal.clock.now().getTime() + 30 * 86_400_000)),
        width: "short",
      },
    ],
    run: ({ portal, trace, opened, detail, by, confirmedBy }) => {
      const {
        amount = "",
        why = "",
        law = "",
        due = "",
      } = detail as Readonly<Partial<Record<"amount" | "why" | "law" | "due", string>>>;
      const decision = canonicalJson({ entitlement: trace.entitlement.id, amount, why, law, due, by, confirmedBy });
      return openRecovery(portal.payments, {
        entitlementId: trace.entitlement.id,
        person: opened?.state.principal.person ?? `entitlement:${trace.entitlement.id}`,
        amount: BigInt(amount),
        reason: why,
        legalBasis: law,
        decisionHash: toHex(createHash("sha256").update(decision).digest()),
        dueOn: due,
        by,
        confirmedBy,
      });
    },
  },
  "write-off": {
    title: both("轉銷剩餘的追回款", "Write off what is left"),
    text: both("追不回來的部分不再追，並記入帳冊。", "What cannot be had is given up, and the books say so."),
    button: both("提出轉銷", "Ask for the write-off"),
    kind: "stop",
    action: "payment:ask",
    second: true,
    possible: ({ state }) => state === "recovery-open",
    fields: () => [{ id: "why", label: both("理由", "Why"), width: "full", rows: 3 }],
    run: async (ground) => endOpenRecovery(ground, "write-off"),
  },
  withdraw: {
    title: both("撤回追回", "Withdraw the recovery"),
    text: both(
      "追回的決定被撤銷時使用：當事人可以保有這筆錢。",
      "For when the decision to ask back was annulled: the payee keeps the money.",
    ),
    button: both("提出撤回", "Ask to withdraw it"),
    action: "payment:ask",
    second: true,
    possible: ({ state }) => state === "recovery-open",
    fields: () => [{ id: "why", label: both("理由", "Why"), width: "full", rows: 3 }],
    run: async (ground) => endOpenRecovery(ground, "withdraw"),
  },
};

async function endOpenRecovery(ground: ActGround, how: "write-off" | "withdraw"): Promise<Result<unknown, Refusal>> {
  const { portal, trace, detail, by, confirmedBy } = ground;
  const open = (await recoveriesOf(portal.payments, trace.entitlement.id)).filter(({ left }) => left > 0n);
  if (open.length === 0) return err({ code: "recovery-unknown" });
  for (const { id } of open) {
    const ended = await endRecovery(portal.payments, {
      recoveryId: id,
      how,
      note: detail["why"] ?? "",
      by,
      confirmedBy,
    });
    if (!ended.ok) return ended;
  }
  return ok({ ended: open.length });
}

const optional: ReadonlySet<string> = new Set(["reason"]);

/** The fields of a form, each filled in as it must be; or what is missing. */
export function readAct(
  act: DeskAct,
  portal: Portal,
  trace: PaymentTrace,
  form: Readonly<Record<string, string>>,
): Result<Readonly<Record<string, string>>, readonly FieldError[]> {
  const detail: Record<string, string> = form["binding"] === undefined ? {} : { binding: form["binding"] };
  const errors: FieldError[] = [];
  for (const { id, label, options } of act.fields?.(portal, trace) ?? []) {
    const text = (form[id] ?? "").trim().replaceAll(id === "address" ? /[^\S\n]+/g : /\s+/g, " ");
    const name = typeof label === "string" ? both(label, label) : label;
    const missing = both(`請填「${name["zh-Hant"]}」。`, `Fill in: ${name.en}.`);
    if (text === "" && !optional.has(id)) errors.push({ field: id, text: missing });
    else if (options && text !== "" && !options.some(({ value }) => value === text))
      errors.push({ field: id, text: missing });
    else if (text.length > 400) errors.push({ field: id, text: both("最多 400 個字。", "At most 400 characters.") });
    else if (id === "postal" && !/^(\d{3}|\d{5}|\d{6})$/.test(text))
      errors.push({ field: id, text: both("郵遞區號是 3、5 或 6 個數字。", "A postal code has 3, 5 or 6 digits.") });
    else if ((id === "amount" && !/^[1-9]\d{0,14}$/.test(text)) || (id === "branch" && !/^\d{4}$/.test(text)))
      errors.push({ field: id, text: both("只填數字。", "Digits only.") });
    else if (id === "due" && !/^\d{4}-\d{2}-\d{2}$/.test(text))
      errors.push({ field: id, text: both("請填日期，例如 2026-12-31。", "Give a day, for example 2026-12-31.") });
    else if (id === "reason" && text !== "" && !/^[A-Z0-9]{4}$/.test(text))
      errors.push({
        field: id,
        text: both("原因代碼是四個大寫字母或數字。", "A reason code has four capital letters or digits."),
      });
    else detail[id] = text;
  }
  return errors.length > 0 ? err(errors) : ok(detail);
}

/** Who may not be the second person: whoever approved what is to be released. */
export function actorsOf(act: DeskAct, { entitlement, attempts }: PaymentTrace): readonly string[] {
  return act.action === "payment:release" ? [entitlement.approvedBy, attempts.at(-1)!.approvedBy] : [];
}

export function actTitle(id: string): Text {
  return deskActs[id]?.title ?? id;
}

/** What the one who looks may do now, as links to the pages that ask before. */
export async function actsFor(
  portal: Portal,
  desk: PaymentDesk,
  on: Desk,
  trace: PaymentTrace,
  opened: OpenCase | undefined,
): Promise<TraceView["acts"]> {
  const newest = trace.attempts.at(-1)!;
  const offered: { title: Text; href: string; kind?: "main" | "quiet" | "stop" }[] = [];
  for (const [id, act] of Object.entries(deskActs)) {
    if (!act.possible(newest, trace, opened)) continue;
    if (!(await desk.offers(on, act.action, paymentEntity(portal, trace, opened, actorsOf(act, trace))))) continue;
    const kind = id === "release" ? "main" : act.kind === "stop" ? "stop" : "quiet";
    if (id === "release" && onCase(newest, opened))
      offered.push({ title: both("到案件放行", "Release it at the case"), href: `/desk/${opened!.state.id}`, kind });
    else offered.push({ title: act.title, href: `${paymentPaths.all}/${newest.id}/${id}`, kind });
  }
  return offered;
}
