import { createHash } from "node:crypto";
import { canonicalJson, err, ok, toHex, type Refusal, type Result } from "#kernel";
import {
  approveResend,
  confirmNotReceived,
  correctFromStatement,
  endRecovery,
  openRecovery,
  reasonClass,
  recoveriesOf,
  sendFileAgain,
  stopForHeirs,
  type Correction,
} from "#payments";
import { both, type Text } from "#ui";
import { reasonOf, type ActGround, type DeskAct } from "./payment-act.ts";

const codes: readonly { readonly value: string; readonly text: Text }[] = [
  { value: "settled", text: both("已入帳", "Paid") },
  { value: "rejected", text: both("銀行退件", "Refused by the bank") },
  { value: "returned", text: both("退匯", "Came back") },
  { value: "not-received", text: both("銀行沒有收到", "The bank never got it") },
];

const ours: ReadonlySet<string> = new Set(["our-fault", "treasury", "next-day"]);
const correctable: ReadonlySet<string> = new Set(["submitted", "accepted", "unknown", "settled", "rejected"]);

/** Acts that one treasury officer asks for and another confirms, by their place in the address. */
export const actsOfTwo: Readonly<Record<string, DeskAct>> = {
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
