/** Renews parts of a page that show what goes on: `data-live` holds the page's address. Stops while nobody looks. */
const everyMs = 5000;

export function keepLive(document: Document): void {
  for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) {
    setInterval(() => void renew(part), everyMs);
  }
}

async function renew(part: HTMLElement): Promise<void> {
  const address = part.dataset["live"];
  if (address === undefined || document.hidden || part.contains(document.activeElement)) return;
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(`[data-live="${CSS.escape(address)}"]`);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  } catch {
    // The site is away; what is shown stays until it is back.
  }
}
