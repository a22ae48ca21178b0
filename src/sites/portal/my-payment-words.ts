import type { PaymentTrace, PublicState } from "#payments";
import type { Localised } from "#kernel";
import { both, formatDate, type TimelineEvent } from "#ui";

/** A bank file's day as a date; noon, so that no time zone moves it. */
function dayOf(day: string): Date {
  return new Date(`${day}T04:00:00Z`);
}

function onDay(at: Date, zh: (day: string) => string, en: (day: string) => string): Localised {
  return both(zh(formatDate(at, "zh-Hant")), en(formatDate(at, "en")));
}

/** One sentence for the payee: where the money is, and what comes next by when. */
export function nowWords({ attempts }: PaymentTrace, state: PublicState): Localised {
  const newest = attempts.at(-1)!;
  const paid = newest.events.findLast(({ to, from }) => to === "settled" && from !== "settled");
  switch (state) {
    case "preparing":
      return newest.state === "held"
        ? both("承辦人正在確認帳戶，確認後放行。", "An officer is checking the account and releases it then.")
        : newest.state === "approved" || newest.state === "queued"
          ? both("已放行，會隨下一個銀行檔送出。", "It was released and goes to the bank with the next file.")
          : both("等第二位同仁放行，接著送銀行。", "A second officer releases it; then it goes to the bank.");
    case "sent":
      return newest.state === "unknown"
        ? both("銀行還沒有清楚的回覆，我們正在查詢。", "The bank has not answered clearly; we are asking.")
        : newest.file
          ? onDay(
              dayOf(newest.file.executionDate),
              (day) => `銀行已收到，預計 ${day}入帳。`,
              (day) => `The bank has it. It should be on the account on ${day}.`,
            )
          : both("銀行已收到。", "The bank has it.");
    case "paid":
      return paid
        ? onDay(
            paid.at,
            (day) => `${day}已入帳。`,
            (day) => `Paid on ${day}.`,
          )
        : both("已入帳。", "Paid.");
    case "not-paid":
      return both("錢沒有入帳，仍為您保留。", "The money did not arrive. It is kept for you.");
    case "stopped":
      return both("這筆款項已停止。", "This payment was stopped.");
    case "asked-back":
      return newest.state === "recovery-open"
        ? both("這筆款項要請您還款，內容如下。", "We ask for this money back; see below.")
        : both("這筆追回已經結束。", "This recovery is over.");
  }
}

const told: Readonly<Record<string, readonly [zh: string, en: string, stopped?: true]>> = {
  "second-approved": ["放行", "Released"],
  "file-sent": ["送銀行", "Sent to the bank"],
  "money-returned": ["款項退回", "The money came back", true],
  "account-renewed": ["您提供了新帳戶", "You gave another account"],
  cancelled: ["停止", "Stopped", true],
  "time-barred": ["逾時效", "Time-barred", true],
  "stopped-for-heirs": ["停止，轉繼承程序", "Stopped; the heirs’ procedure follows", true],
  "recovery-decided": ["請您還款", "You were asked to pay it back", true],
  "money-received": ["已還款", "Paid back"],
  "write-off-decided": ["不再追回", "No longer asked for"],
  "recovery-withdrawn": ["撤回還款要求", "You need not pay it back after all"],
};

/** The payment's way as the payee reads it, oldest first, with what is still to come. */
export function courseOf({ entitlement, attempts }: PaymentTrace): TimelineEvent[] {
  const steps: TimelineEvent[] = [{ at: entitlement.grantedAt, title: both("核定", "Granted"), state: "done" }];
  for (const { events } of attempts) {
    for (const { event, from, to, at } of events) {
      const words = told[event];
      if (words) {
        const [zh, en, stopped] = words;
        steps.push({ at, title: both(zh, en), state: stopped ? "stopped" : "done" });
      } else if (to === "settled" && from !== "settled") steps.push({ at, title: both("入帳", "Paid"), state: "done" });
      else if (to === "rejected" && from !== "rejected")
        steps.push({ at, title: both("無法入帳", "Could not be paid"), state: "stopped" });
      else if (to === "returned" && from !== "returned")
        steps.push({ at, title: both("款項退回", "The money came back"), state: "stopped" });
      else if (event === "rerouted")
        steps.push({ at, title: both("改付另一個帳戶", "Sent another way"), state: "done" });
    }
  }
  const { state, file } = attempts.at(-1)!;
  const last = steps.at(-1)!;
  if (last.state === "done") steps[steps.length - 1] = { ...last, state: "now" };
  const paid = {
    title: both("入帳", "Paid"),
    state: "next" as const,
    ...(file && {
      text: onDay(
        dayOf(file.executionDate),
        (day) => `預計 ${day}`,
        (day) => `Expected on ${day}`,
      ),
    }),
  };
  const release = { title: both("放行", "Released"), state: "next" as const };
  const send = { title: both("送銀行", "Sent to the bank"), state: "next" as const };
  if (["drafted", "held", "checked", "approved-once"].includes(state)) return [...steps, release, send, paid];
  if (["approved", "queued", "not-received"].includes(state)) return [...steps, send, paid];
  return ["submitted", "accepted", "unknown"].includes(state) ? [...steps, paid] : steps;
}
