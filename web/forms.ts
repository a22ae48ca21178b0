/** Milliseconds during which a second press of the same form is ignored. */
const pause = 3000;

/** Ignores the second press of an impatient finger; the button stays enabled, and the server's own guard counts. */
export function submitOnce(root: Document): void {
  const sent = new WeakMap<HTMLFormElement, number>();
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-submit-once")) return;
    const before = sent.get(form);
    if (before !== undefined && event.timeStamp - before < pause) event.preventDefault();
    else sent.set(form, event.timeStamp);
  });
}

/** Puts the reader at the list of errors; each of its links then goes to the control itself, not only near it. */
export function focusErrorSummary(root: Document): void {
  const summary = root.querySelector<HTMLElement>("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLAnchorElement)) return;
    const control = root.getElementById(event.target.hash.slice(1));
    if (!control) return;
    event.preventDefault();
    control.closest("fieldset, .field")?.scrollIntoView();
    control.focus({ preventScroll: true });
  });
}
