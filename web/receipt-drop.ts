import { verifyReceipt, type Receipt } from "#ledger/contract";
import { fetchText } from "./check-element.ts";
import { showVerdict, wordsFor } from "./receipt-verdict.ts";

/** A receipt is a few kilobytes; what is much larger is another file. */
const largest = 1024 * 1024;

/**
 * `<receipt-drop data-policy="url">`: takes a receipt by dropping it or by choosing a file, and checks it in this
 * browser. The file is read here and goes nowhere; only the witness policy is fetched. What stands inside serves
 * readers without script and is taken away.
 */
export class ReceiptDrop extends HTMLElement {
  connectedCallback(): void {
    if (this.querySelector("input")) return;
    const words = wordsFor(this);
    const zone = document.createElement("label");
    zone.className = "drop-zone";
    const name = document.createElement("b");
    name.textContent = words.drop;
    const hint = document.createElement("span");
    hint.textContent = words.stays;
    // A plain file input inside its label: the keyboard reaches it, and every assistive technology knows it.
    const input = document.createElement("input");
    input.type = "file";
    input.accept = ".json,application/json";
    zone.append(name, hint, input);
    const result = document.createElement("div");
    result.setAttribute("role", "status");
    input.addEventListener("change", () => void this.take(input.files?.[0], result));
    for (const kind of ["dragenter", "dragover"])
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.add("over");
      });
    for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      void this.take(event.dataTransfer?.files[0], result);
    });
    this.replaceChildren(zone, result);
  }

  private async take(file: File | undefined, result: HTMLElement): Promise<void> {
    if (!file) return;
    const words = wordsFor(this);
    result.textContent = words.busy;
    let policy: string;
    try {
      policy = await fetchText(this.dataset["policy"] ?? "");
    } catch (fault) {
      result.textContent = `${words.unreachable} (${fault instanceof Error ? fault.message : String(fault)})`;
      return;
    }
    await showVerdict(result, await verifyReceipt(await receiptOf(file), policy), words);
    const heading = document.createElement("p");
    heading.className = "remark";
    heading.textContent = file.name;
    result.prepend(heading);
  }
}

/** What the file holds; a file that is no JSON is a receipt that fails at its form. */
async function receiptOf(file: File): Promise<Receipt> {
  try {
    if (file.size <= largest) return JSON.parse(await file.text()) as Receipt;
  } catch {
    // falls through: the check then says that this is no receipt
  }
  return {} as Receipt;
}
