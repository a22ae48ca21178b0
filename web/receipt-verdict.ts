import type { Verdict } from "#ledger/contract";
import { languageOf, reasonLines } from "./refusal.ts";
import { checkWords, type CheckWords } from "./receipt-words.ts";

const steps = ["format", "leaf", "log-signature", "quorum", "inclusion", "opening"] as const;

/** The words of the language in which the element stands. */
export function wordsFor(element: Element): CheckWords {
  return checkWords[languageOf(element)];
}

/** Says step by step what came out: what held, which step failed, why and what to do, what was not reached. */
export async function showVerdict(result: HTMLElement, verdict: Verdict, words: CheckWords): Promise<void> {
  const why = verdict.ok ? [] : await reasonLines(verdict, languageOf(result));
  const failed = verdict.ok ? steps.length : steps.indexOf(verdict.step);
  const list = document.createElement("ul");
  list.className = "checks";
  for (const [at, step] of steps.entries()) {
    const line = document.createElement("li");
    const state = at < failed ? "yes" : at === failed ? "no" : "not-reached";
    line.className = state;
    // The mark before a line is drawn by the style sheet, which not every screen reader reads.
    const said = document.createElement("span");
    said.className = "aside";
    said.textContent = words.states[state];
    line.append(said, words.steps[step]);
    if (at === failed) line.append(...why);
    if (step === "quorum" && verdict.ok)
      for (const { name, time } of verdict.witnesses) line.append(small(words.signed(name, new Date(time * 1000))));
    if (step === "inclusion" && verdict.ok)
      line.append(small(words.stands(verdict.origin, verdict.index, verdict.size)));
    list.append(line);
  }
  const outcome = document.createElement("p");
  const strong = document.createElement("b");
  strong.textContent = verdict.ok ? words.good : words.bad;
  outcome.append(strong);
  result.replaceChildren(outcome, list);
}

function small(content: string): HTMLElement {
  const element = document.createElement("small");
  element.textContent = content;
  return element;
}
