/** What every check says beside its own verdict. */
interface ButtonWords {
  readonly press: string;
  readonly busy: string;
  readonly unreachable: string;
}

/** An element with a button that checks something in this browser and shows the result below. */
export abstract class CheckElement extends HTMLElement {
  protected abstract words(): ButtonWords;
  protected abstract check(result: HTMLElement): Promise<void>;

  connectedCallback(): void {
    if (this.querySelector("button")) return;
    const words = this.words();
    const press = document.createElement("button");
    press.type = "button";
    press.className = "button quiet";
    press.textContent = words.press;
    const result = document.createElement("div");
    result.setAttribute("role", "status");
    press.addEventListener("click", () => {
      result.textContent = words.busy;
      this.check(result).catch((fault: unknown) => {
        result.textContent = `${words.unreachable} (${fault instanceof Error ? fault.message : String(fault)})`;
      });
    });
    this.prepend(press, result);
  }
}

/** A file of this site as text. @throws with the status if there is none */
export async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}
