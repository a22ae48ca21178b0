import type { R1Code } from "../r1/errors.ts";
import type { ExchangeProblem } from "../problems.ts";
import type { atConsumer, atProvider, CallRefusal } from "../gateway/refusal.ts";
import type { BodyFault } from "./receive.ts";

const refusals: Readonly<Record<BodyFault, readonly [ExchangeProblem, R1Code, string]>> = {
  "too-large": ["body-too-large", "invalid_request", "The body is too large"],
  "too-slow": ["body-incomplete", "io_error", "The body came too slowly"],
  "broken-off": ["body-incomplete", "io_error", "The body broke off"],
  "spool-failed": ["spool-full", "io_error", "The gateway has no room for a body of this size now"],
};

/** What is said, on either side, to who sent a body that was not taken in whole. */
export function bodyRefused(fault: BodyFault, refuse: typeof atConsumer | typeof atProvider): CallRefusal {
  const [problem, code, message] = refusals[fault];
  return refuse(problem, code, message, { reason: fault });
}
