import type { Localised } from "#kernel";
import { z } from "zod";
import type { AccessRight } from "./right.ts";
import {
  concerns,
  failing,
  isUsable,
  stepOf,
  steps,
  type ConsentState,
  type DenialReason,
  type RightsQuestion,
  type Step,
} from "./rights.ts";
import { timeWindowText } from "./time-window.ts";

/** All that is looked at, in this order. Consent and quota are judged only of a right that passed the rest. */
export const allSteps: readonly JudgedStep[] = [...steps, "consent", "quota"];
export type JudgedStep = Step | "consent" | "quota";

/** What failed: a right's own step, or what is judged after it. */
export type Failure = DenialReason | "consent" | "quota";

/**
 * Why a call was refused, for a caller that has some right on the service: member `explanation` of the refusal. It speaks
 * of the caller's own nearest right only; somebody without any is told nothing.
 */
export interface Explanation {
  readonly decision: "deny";
  /** The right that came nearest. */
  readonly right: string;
  readonly passed: readonly JudgedStep[];
  readonly failed: JudgedStep;
  /** What the right says about the step that failed. */
  readonly says?: Readonly<Record<string, string | readonly string[]>>;
  /** What to do, or to apply for. */
  readonly advice: Localised;
  /** What a right would have to cover, in the words of an application for one. */
  readonly apply?: Readonly<Record<string, string>>;
}

const text = z.string().max(600);
const explanationSchema = z.object({
  decision: z.literal("deny"),
  right: text,
  passed: z.array(z.enum(allSteps)).max(20),
  failed: z.enum(allSteps),
  says: z.record(text, z.union([text, z.array(text).max(100)])).optional(),
  advice: z.object({ "zh-Hant": text, en: text }),
  apply: z.record(text, text).optional(),
});

/** Reads an explanation that came from another gateway; `undefined` for anything else. */
export function readExplanation(value: unknown): Explanation | undefined {
  const read = explanationSchema.safeParse(value);
  if (!read.success) return undefined;
  const { says, apply, ...rest } = read.data;
  return { ...rest, ...(says ? { says } : {}), ...(apply ? { apply } : {}) };
}

/**
 * Explains a refusal to the caller. Nothing for a caller whom no right on the service concerns.
 * @param o.failure what is told; of several rights, the one named by `o.right` or the one that came nearest
 * @param o.service text form, `o.operation` the published endpoint that was called
 */
export function explainRefusal(
  rights: readonly AccessRight[],
  question: RightsQuestion,
  o: {
    readonly failure: Failure;
    readonly right?: string | undefined;
    readonly service: string;
    readonly operation?: string | undefined;
  },
): Explanation | undefined {
  const own = rights.filter((right) => concerns(right, question));
  const right = own.find(({ id }) => id === o.right) ?? own[0];
  if (!right) return undefined;
  const failed = failedStep(o.failure);
  const says = saysOf(right, failed);
  const wanted = {
    service: o.service,
    method: question.method,
    ...(o.operation ? { endpoint: o.operation } : {}),
    ...(question.purpose === undefined ? {} : { purpose: question.purpose }),
    ...(question.legalBasis === undefined ? {} : { legalBasis: question.legalBasis }),
  };
  return {
    decision: "deny",
    right: right.id,
    passed: allSteps.slice(0, allSteps.indexOf(failed)),
    failed,
    ...(says ? { says } : {}),
    advice: advice[o.failure],
    ...(applies.has(o.failure) ? { apply: wanted } : {}),
  };
}

export function failedStep(failure: Failure): JudgedStep {
  return failure === "consent" || failure === "quota" ? failure : stepOf[failure];
}

function saysOf(right: AccessRight, step: JudgedStep): Explanation["says"] {
  switch (step) {
    case "endpoint":
      return { method: right.method, path: right.pathGlob };
    case "state":
      return { state: right.state };
    case "dates":
      return { validFrom: right.validFrom.toISOString(), validUntil: right.validUntil.toISOString() };
    case "purpose":
      return { purposes: right.purposes };
    case "legal-basis":
      return { legalBases: right.legalBases };
    case "time-window":
      return right.timeWindow ? { timeWindow: timeWindowText(right.timeWindow) } : undefined;
    case "source-gateway":
      return right.sourceGateways ? { sourceGateways: right.sourceGateways } : undefined;
    case "consent":
      return right.consentUnless ? { consentUnless: right.consentUnless } : undefined;
    case "quota":
      return right.quota ? { quota: `${right.quota.requests} / ${right.quota.per}` } : undefined;
    default:
      return undefined;
  }
}

/** How one right stands to a call, for the provider's operators. */
export interface RightVerdict {
  readonly right: AccessRight;
  /** Steps it passed, in order. */
  readonly passed: readonly JudgedStep[];
  readonly failed?: JudgedStep;
  readonly reason?: Failure;
}

/** Judges every right by itself; those that came farthest first. Rights of others are in it: it stays in the house. */
export function verdictsOf(
  rights: readonly AccessRight[],
  question: RightsQuestion,
  consent: ConsentState,
): RightVerdict[] {
  return rights
    .map((right): RightVerdict => {
      const reason = failing(right, question);
      if (reason === undefined) {
        return isUsable(right, consent)
          ? { right, passed: steps }
          : { right, passed: steps, failed: "consent", reason: "consent" };
      }
      const failed = stepOf[reason];
      return { right, passed: steps.slice(0, steps.indexOf(failed)), failed, reason };
    })
    .sort((one, other) => other.passed.length - one.passed.length || Number(!!one.failed) - Number(!!other.failed));
}

const applies: ReadonlySet<Failure> = new Set([
  "method-or-path",
  "outside-dates",
  "purpose",
  "legal-basis",
  "time-window",
  "source-gateway",
  "quota",
]);

/** What to do about each failure; also for operators' pages. */
export const advice: Readonly<Record<Failure, Localised>> = {
  "no-right-for-client": {
    "zh-Hant": "請向提供機關申請這項資料服務的權限。",
    en: "Apply to the provider for a right on this service.",
  },
  "method-or-path": {
    "zh-Hant": "權限不包含這個方法或路徑。請改用權限包含的路徑，或申請擴大權限。",
    en: "The right does not cover this method or path. Call what it covers, or apply for a wider right.",
  },
  "not-active": {
    "zh-Hant": "權限目前沒有生效（例如已暫停或撤銷）。請聯絡提供機關。",
    en: "The right is not in force (for example suspended or revoked). Ask the provider.",
  },
  "outside-dates": {
    "zh-Hant": "權限尚未開始或已經到期。請申請延長。",
    en: "The right has not begun or has ended. Apply for it to be renewed.",
  },
  "purpose-missing": {
    "zh-Hant": "請在 Taroko-Purpose 與 Taroko-Legal-Basis 標頭說明使用目的與法律依據。",
    en: "State purpose and legal basis in the headers Taroko-Purpose and Taroko-Legal-Basis.",
  },
  purpose: {
    "zh-Hant": "權限不包含這個使用目的。請確認目的代碼，或申請增加目的。",
    en: "The right does not name this purpose. Check the code, or apply for the purpose to be added.",
  },
  "legal-basis": {
    "zh-Hant": "權限不包含這個法律依據。請確認代碼，或申請增加依據。",
    en: "The right does not name this legal basis. Check the code, or apply for the basis to be added.",
  },
  "time-window": {
    "zh-Hant": "權限只在規定的時段有效。請在時段內呼叫，或申請其他時段。",
    en: "The right grants in certain hours only. Call within them, or apply for others.",
  },
  "source-gateway": {
    "zh-Hant": "權限只接受從指定閘道送來的呼叫。請經由那個閘道呼叫，或申請加入您的閘道。",
    en: "The right takes calls from certain gateways only. Call through one of them, or apply for yours to be added.",
  },
  consent: {
    "zh-Hant": "需要當事人有效的同意，並以 Taroko-Consent 標頭傳送。",
    en: "The person's valid consent is needed, in the header Taroko-Consent.",
  },
  quota: {
    "zh-Hant": "次數已用完。請等待 Retry-After 所說的秒數，或申請較高的額度。",
    en: "The quota is used up. Wait the seconds that Retry-After says, or apply for a higher one.",
  },
};
