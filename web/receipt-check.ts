import { verifyReceipt, type Receipt } from "#ledger/contract";
import { CheckElement, fetchText } from "./check-element.ts";
import { showVerdict, wordsFor } from "./receipt-verdict.ts";

/**
 * `<receipt-check data-receipt="url" data-policy="url">`: checks in this browser, with its own arithmetic, that a
 * receipt stands in the log and that independent witnesses signed. The receipt may also stand inside as a
 * `<script type="application/json">`. Whatever else is inside (a link, a command) serves readers without script.
 */
export class ReceiptCheck extends CheckElement {
  protected words(): ReturnType<typeof wordsFor> {
    return wordsFor(this);
  }

  protected async check(result: HTMLElement): Promise<void> {
    const [receipt, policy] = await Promise.all([this.receipt(), fetchText(this.dataset["policy"] ?? "")]);
    await showVerdict(result, await verifyReceipt(receipt, policy), this.words());
  }

  private async receipt(): Promise<Receipt> {
    const inside = this.querySelector('script[type="application/json"]')?.textContent;
    return JSON.parse(inside ?? (await fetchText(this.dataset["receipt"] ?? ""))) as Receipt;
  }
}
