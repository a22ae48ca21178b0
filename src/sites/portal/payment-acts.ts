import type { Portal } from "#flows";
import { err, ok, type Refusal, type Result } from "#kernel";
import {
  askPerson,
  cancelPayment,
  endHold,
  holdPayment,
  reasonClass,
  releasePayment,
  reroutePayment,
  rerouteToCheque,
  type PaymentTrace,
  type TracedAttempt,
} from "#payments";
import { paymentPaths, type TraceView } from "#payments/pages";
import { both, type FieldError, type Text } from "#ui";
import type { OpenCase } from "./desk-case.ts";
import type { Desk } from "./note-visit.ts";
import { reasonOf, type DeskAct } from "./payment-act.ts";
import { actsOfTwo } from "./payment-acts-of-two.ts";
import { paymentEntity, type PaymentDesk } from "./payment-desk.ts";

/** EndToEndIds as this platform gives them. */
export function isPaymentId(text: string): boolean {
  return /^[0-9a-f]{32}-\d{2}$/.test(text);
}

/** Whether the case itself still waits for its release: then that is done on the case's page, which moves both. */
function onCase(newest: TracedAttempt, opened: OpenCase | undefined): boolean {
  return newest.attempt === 1 && opened?.state.phase === "approved";
}

/** Past its case a payment would miss what the case asks first: its account's owner, and its own step. */
function refusedFor(newest: TracedAttempt, opened: OpenCase | undefined): Result<never, Refusal> | undefined {
  return onCase(newest, opened) ? err({ code: "not-releasable", params: { state: newest.state } }) : undefined;
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
    run: async ({ portal, trace, newest, opened, detail, by }) =>
      refusedFor(newest, opened) ??
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
  hold: {
    title: both("暫停", "Hold"),
    text: both(
      "已放行、還沒編入銀行檔的款項，先停下來查。放行因此失效，之後要重新放行。",
      "Stops a released payment that is in no file yet, to look at it. Its release is void; it must be released again.",
    ),
    button: both("暫停這筆款項", "Hold this payment"),
    kind: "stop",
    action: "payment:stop",
    possible: ({ state }) => state === "approved",
    fields: () => [{ id: "why", label: both("理由", "Why"), width: "full", rows: 2 }],
    run: ({ portal, newest, detail, by }) =>
      holdPayment(portal.payments, { instructionId: newest.id, note: detail["why"] ?? "", by }),
  },
  "end-hold": {
    title: both("解除暫停", "Let it go on"),
    text: both(
      "您核准它繼續；由另一位同仁重新放行後才會送出。",
      "You approve that it goes on; it leaves once a colleague has released it again.",
    ),
    button: both("解除暫停", "Let it go on"),
    action: "payment:stop",
    possible: ({ state, events }) => state === "held" && events.at(-1)?.detail["reason"] === "officer",
    fields: () => [{ id: "why", label: both("查到了什麼", "What was found out"), width: "full", rows: 2 }],
    run: ({ portal, newest, detail, by }) =>
      endHold(portal.payments, { instructionId: newest.id, note: detail["why"] ?? "", by }),
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
    run: async ({ portal, trace, newest, opened, by }) =>
      refusedFor(newest, opened) ??
      cancelPayment(portal.payments, { entitlementId: trace.entitlement.id, cancelledBy: by }),
  },
  ...actsOfTwo,
};

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
  if (act.action !== "payment:release") return [];
  const { approvedBy, events } = attempts.at(-1)!;
  const first = events.findLast(({ event }) => event === "first-approved")?.by;
  return [entitlement.approvedBy, approvedBy, ...(first === undefined ? [] : [first])];
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
