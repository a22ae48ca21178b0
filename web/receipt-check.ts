import { verifyReceipt, type Receipt } from "#ledger/contract";
import { showVerdict, wordsFor } from "./receipt-verdict.ts";

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
    press.textContent = wordsFor(this).press;
    const result = document.createElement("div");
    result.setAttribute("role", "status");
    press.addEventListener("click", () => void this.check(result));
    this.prepend(press, result);
  }

  private async check(result: HTMLElement): Promise<void> {
    const words = wordsFor(this);
    result.textContent = words.busy;
    try {
      const [receipt, policy] = await Promise.all([this.receipt(), fetchText(this.dataset["policy"] ?? "")]);
      showVerdict(result, await verifyReceipt(receipt, policy), words);
    } catch (fault) {
      result.textContent = `${words.unreachable} (${fault instanceof Error ? fault.message : String(fault)})`;
    }
  }

  private async receipt(): Promise<Receipt> {
    const inside = this.querySelector('script[type="application/json"]')?.textContent;
    return JSON.parse(inside ?? (await fetchText(this.dataset["receipt"] ?? ""))) as Receipt;
  }
}

/** A file of this site as text. @throws with the status if there is none */
export async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}
