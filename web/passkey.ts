/**
 * `<passkey-form data-step="create|get" data-begin>`: asks the server for a challenge and the device for an answer, and
 * sends the form inside with it. It shows itself only where the browser has passkeys; the server judges everything.
 */
export class PasskeyForm extends HTMLElement {
  connectedCallback(): void {
    if (typeof PublicKeyCredential === "undefined" || !("parseCreationOptionsFromJSON" in PublicKeyCredential)) return;
    this.hidden = false;
    const form = this.querySelector("form");
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#ask(form);
    });
  }

  async #ask(form: HTMLFormElement): Promise<void> {
    const button = form.querySelector("button");
    const status = this.querySelector("[data-status]");
    if (button?.disabled) return;
    if (button) button.disabled = true;
    if (status) status.textContent = this.dataset["busy"] ?? "";
    try {
      const response = await fetch(this.dataset["begin"] ?? "", {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(
          [...new FormData(form)].filter((pair): pair is [string, string] => pair[0] === "csrf"),
        ),
      });
      const body = (await response.json()) as { title?: string; detail?: string };
      if (!response.ok) throw new Refused([body.title, body.detail].filter(Boolean).join(" "));
      const credential = await (this.dataset["step"] === "create" ? made(body) : got(body));
      const input = form.elements.namedItem("answer");
      if (input instanceof HTMLInputElement) input.value = JSON.stringify(credential);
      form.submit();
    } catch (fault) {
      if (status) status.textContent = fault instanceof Refused ? fault.message : (this.dataset["failed"] ?? "");
      if (button) button.disabled = false;
    }
  }
}

/** The server said no, in words for the person. */
class Refused extends Error {}

async function made(options: object): Promise<object> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
  return answerOf(await navigator.credentials.create({ publicKey }));
}

async function got(options: object): Promise<object> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
  return answerOf(await navigator.credentials.get({ publicKey }));
}

function answerOf(credential: Credential | null): object {
  if (!(credential instanceof PublicKeyCredential)) throw new TypeError("no passkey");
  return credential.toJSON();
}
