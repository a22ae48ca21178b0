import { html as honoHtml, raw } from "hono/html";

/** A piece of HTML that is already escaped. `c.html()` of Hono takes it as it is. */
export type Html = ReturnType<typeof raw>;

/** A whole document, doctype included. */
export type HtmlPage = Html;

/** What may stand in a template: text and numbers are escaped, pieces are not, the rest leaves nothing. */
export type HtmlValue = string | number | boolean | null | undefined | Html | readonly HtmlValue[];

/** Template tag: every value is escaped unless it is itself the result of `html`. Synchronous, unlike Hono's own. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const made = honoHtml(strings, ...values);
  if (made instanceof Promise) throw new TypeError("a page waits for nothing: its data comes in whole");
  return made;
}

/**
 * A data block for scripts (`application/json` is never executed, so the content security policy lets it stand). The
 * only place where text enters a page unescaped: `<` becomes `\u003c`, so no value can end the element.
 */
export function jsonBlock(value: unknown): Html {
  return html`<script type="application/json">
    ${raw(JSON.stringify(value).replaceAll("<", "\\u003c"))}
  </script>`;
}
