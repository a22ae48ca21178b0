import type { Localised } from "#kernel";
import { unanswered, type Case, type Ruling, type ServiceDefinition } from "#services";
import type { JourneyStep } from "#services/pages";
import { both, type Explanation, type Source } from "#ui";

const names: readonly Localised[] = [
  both("身分", "Who"),
  both("取得資料", "Data"),
  both("填寫", "Questions"),
  both("確認", "Check"),
  both("簽署送出", "Sign and send"),
];

/** Where a page stands on the road of an application. */
export function step(current: 1 | 2 | 3 | 4): JourneyStep {
  return { names, current };
}

/**
 * Where a draft goes on: computed anew from what it holds at each request, never taken from the browser. A page may be
 * visited when all before it is done.
 */
export function nextPath(state: Case, definition: ServiceDefinition): string {
  const base = `/apply/${state.id}`;
  if (state.phase !== "draft") return `/applications/${state.id}`;
  if (!state.consentId) return `${base}/consent`;
  if (definition.dataNeeds.some((need) => !state.facts[need.id])) return `${base}/fetched`;
  const [question] = unanswered(definition.questions, state.answers);
  return question ? `${base}/question/${question.id}` : `${base}/check`;
}

/** A ruling as pages show it: each line with its value or its tick, the rule's name and version, and its sources. */
export function explained(
  ruling: Ruling,
  sources: readonly { label: Localised; source: Source }[] = [],
  title?: Localised,
): Explanation {
  return {
    lines: ruling.lines.map((line) => ({ text: line.label, outcome: line.ok ?? line.value })),
    rule: both(
      `${ruling.model.name["zh-Hant"]} 第 ${ruling.model.version} 版`,
      `${ruling.model.name.en}, version ${ruling.model.version}`,
    ),
    ruleHref: `/rules/${ruling.model.id}?version=${encodeURIComponent(ruling.model.version)}`,
    ...(title ? { title } : {}),
    ...(sources.length > 0 ? { sources } : {}),
  };
}
