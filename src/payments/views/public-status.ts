import type { Localised } from "#kernel";
import type { PublicState, PublicStatus } from "../contract.ts";
import { reasonAdvice, reasonClass } from "../bank/reasons.ts";
import type { State } from "../states.ts";

const publicStates: Readonly<Record<State, PublicState>> = {
  none: "preparing",
  drafted: "preparing",
  held: "preparing",
  checked: "preparing",
  "approved-once": "preparing",
  approved: "preparing",
  queued: "preparing",
  "not-received": "preparing",
  rerouted: "preparing",
  submitted: "sent",
  accepted: "sent",
  unknown: "sent",
  settled: "paid",
  rejected: "not-paid",
  returned: "not-paid",
  "waiting-for-person": "not-paid",
  cancelled: "stopped",
  abandoned: "stopped",
  "recovery-open": "asked-back",
  recovered: "asked-back",
  "written-off": "asked-back",
};

const texts: Readonly<Record<PublicState, Localised>> = {
  preparing: { "zh-Hant": "準備撥款中", en: "Being prepared" },
  sent: { "zh-Hant": "已送銀行", en: "Sent to the bank" },
  paid: { "zh-Hant": "已入帳", en: "Paid" },
  "not-paid": { "zh-Hant": "無法入帳", en: "Could not be paid" },
  stopped: { "zh-Hant": "已停止", en: "Stopped" },
  "asked-back": { "zh-Hant": "追回中", en: "Asked back" },
};

/** What the payee sees for an internal state; `reason` is the bank's code for the last refusal or return. */
export function publicStatus(state: State, reason?: string): PublicStatus {
  const shown = publicStates[state];
  return shown === "not-paid"
    ? { state: shown, text: texts[shown], advice: reasonAdvice[reasonClass(reason)] }
    : { state: shown, text: texts[shown] };
}
