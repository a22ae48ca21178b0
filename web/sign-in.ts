import { signByComponent } from "./hipki.ts";
import { languageOf } from "./refusal.ts";
import { signInWords } from "./sign-in-words.ts";
import { authenticate, DeviceFault } from "./web-eid.ts";

/** An element that lets a card answer and sends the page's form with the answer, or with the reason there is none. */
abstract class SignInElement extends HTMLElement {
  protected abstract build(press: HTMLButtonElement): void;
  /** The form's field to fill, and what to fill in. */
  protected abstract answer(): Promise<Readonly<Record<string, string>>>;
  protected abstract readonly busy: "followReader" | "working";

  protected words(): (typeof signInWords)["en"] {
    return signInWords[languageOf(this)];
  }

  connectedCallback(): void {
    if (this.querySelector("button")) return;
    const press = document.createElement("button");
    press.type = "submit";
    press.className = "button sun";
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    this.build(press);
    this.append(status);
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (press.disabled) return;
      press.disabled = true;
      status.textContent = this.words()[this.busy];
      void this.answer()
        .catch((fault: unknown) => ({ error: fault instanceof DeviceFault ? fault.reason : "CANCELLED" }))
        .then((fields) => this.send(fields));
    });
  }

  private send(fields: Readonly<Record<string, string>>): void {
    const form = document.getElementById(this.dataset["form"] ?? "")?.querySelector("form");
    if (!form) return;
    for (const [name, value] of Object.entries(fields)) {
      const input = form.elements.namedItem(name);
      if (input instanceof HTMLInputElement) input.value = value;
    }
    form.submit();
  }
}

/** `<web-eid-sign-in data-challenge data-lang data-form>` */
export class WebEidSignIn extends SignInElement {
  protected readonly busy = "followReader";
  readonly #loaded = performance.now();

  protected build(press: HTMLButtonElement): void {
    press.textContent = this.words().useCard;
    const form = document.createElement("form");
    form.append(press);
    this.append(form);
  }

  protected async answer(): Promise<Readonly<Record<string, string>>> {
    // The extension needs a second after the page has loaded before it listens.
    const early = 1_000 - (performance.now() - this.#loaded);
    if (early > 0) await new Promise((later) => setTimeout(later, early));
    const { challenge = "", lang = "en" } = this.dataset;
    return { token: await authenticate(window, challenge, lang) };
  }
}

/** `<hipki-sign-in data-tbs data-component data-minimum data-form>`: the PIN stands in no form that is sent. */
export class HipkiSignIn extends SignInElement {
  protected readonly busy = "working";
  #pin: HTMLInputElement | undefined;

  protected build(press: HTMLButtonElement): void {
    const words = this.words();
    press.textContent = words.sign;
    const form = document.createElement("form");
    const field = document.createElement("div");
    field.className = "field";
    const label = document.createElement("label");
    label.htmlFor = "hipki-pin";
    label.textContent = words.pin;
    const help = document.createElement("p");
    help.id = "hipki-pin-hint";
    help.className = "hint";
    help.textContent = words.pinHelp;
    const pin = document.createElement("input");
    pin.id = "hipki-pin";
    pin.type = "password";
    pin.className = "medium";
    pin.inputMode = "numeric";
    pin.autocomplete = "off";
    pin.required = true;
    pin.maxLength = 12;
    pin.setAttribute("aria-describedby", help.id);
    this.#pin = pin;
    field.append(label, help, pin);
    form.append(field, press);
    this.append(form);
  }

  protected async answer(): Promise<Readonly<Record<string, string>>> {
    const { tbs = "", component = "", minimum = "0" } = this.dataset;
    const pin = this.#pin?.value ?? "";
    if (this.#pin) this.#pin.value = "";
    return { signature: await signByComponent(window, { tbs, component, minimum, pin }) };
  }
}

/** `<app-sign-in data-every="4">`: asks whether the app has answered, and goes on by itself when it has. */
export class AppSignIn extends HTMLElement {
  connectedCallback(): void {
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    status.textContent = signInWords[languageOf(this)].waiting;
    this.append(status);
    const every = Math.max(4, Number(this.dataset["every"])) * 1000;
    const ask = async (): Promise<void> => {
      const answer = await fetch("/sign-in/wait", { method: "POST", headers: { Accept: "application/json" } });
      const body = (await answer.json()) as { redirectTo?: string; pending?: boolean; title?: string; detail?: string };
      if (body.redirectTo) location.assign(body.redirectTo);
      else if (body.pending) setTimeout(again, every);
      else status.textContent = [body.title, body.detail].filter(Boolean).join(" ");
    };
    // A lost connection is no answer: it is asked again.
    const again = (): void => void ask().catch(() => setTimeout(again, every));
    setTimeout(again, every);
  }
}
