import { verifyReceipt, type Receipt, type Verdict } from "#ledger/contract";
import { checkWords } from "./receipt-words.ts";

const steps = ["format", "leaf", "log-signature", "quorum", "inclusion", "opening"] as const;

/**
 * `<receipt-check data-receipt="url" data-policy="url">`: checks in this browser, with its own arithmetic, that a
 * receipt stands in the log and that independent witnesses signed. The receipt may also stand inside as a
 * `<script type="application/json">`. Whatever else is inside (a link, a command) serves readers without script.
 */
export class ReceiptCheck extends HTMLElement {
  connectedCallback(): void {
    if (this.querySelector("button")) return;
    const press = document.createElement("button");
    press.type = "button";
    press.className = "button quiet";
    press.textContent = this.words().press;
    const result = document.createElement("div");
    result.setAttribute("role", "status");
    press.addEventListener("click", () => void this.check(result));
    this.prepend(press, result);
  }

  private words(): (typeof checkWords)["en"] {
    return checkWords[this.closest("[lang]")?.getAttribute("lang")?.startsWith("en") ? "en" : "zh-Hant"];
  }

  private async check(result: HTMLElement): Promise<void> {
    const words = this.words();
    result.textContent = words.busy;
    try {
      const [receipt, policy] = await Promise.all([this.receipt(), text(this.dataset["policy"] ?? "")]);
      show(result, await verifyReceipt(receipt, policy), words);
    } catch (fault) {
      result.textContent = `${words.unreachable} (${fault instanceof Error ? fault.message : String(fault)})`;
    }
  }

  private async receipt(): Promise<Receipt> {
    const inside = this.querySelector('script[type="application/json"]')?.textContent;
    return JSON.parse(inside ?? (await text(this.dataset["receipt"] ?? ""))) as Receipt;
  }
}

async function text(url: string): Promise<string> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}

function show(result: HTMLElement, verdict: Verdict, words: (typeof checkWords)["en"]): void {
  const failed = verdict.ok ? steps.length : steps.indexOf(verdict.step);
  const list = document.createElement("ul");
  list.className = "checks";
  for (const [at, step] of steps.entries()) {
    const line = document.createElement("li");
    line.className = at < failed ? "yes" : at === failed ? "no" : "not-reached";
    line.append(words.steps[step]);
    if (at === failed && !verdict.ok) line.append(small(verdict.reason));
    if (step === "quorum" && verdict.ok)
      for (const { name, time } of verdict.witnesses) line.append(small(words.signed(name, new Date(time * 1000))));
    if (step === "inclusion" && verdict.ok) line.append(small(words.stands(verdict.index, verdict.size)));
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
