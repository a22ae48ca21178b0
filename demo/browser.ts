/**
 * A person's browser, as far as the story needs one: keeps cookies, follows redirects, reads forms and sends them back.
 * It knows nothing of the portal but its pages.
 */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Opens an address of the site and follows its redirects. */
  async get(path: string): Promise<Page> {
    return this.#send(new URL(path, this.#origin), { method: "GET" });
  }

  /** Opens an address and answers where it redirects to, without going there. */
  async redirectOf(path: string, form?: Readonly<Record<string, string>>): Promise<URL> {
    const url = new URL(path, this.#origin);
    const response = await this.#request(
      url,
      form ? { method: "POST", body: new URLSearchParams(form) } : { method: "GET" },
    );
    const location = response.headers.get("location");
    if (!location) throw fault("no-redirect", url, response.status, await response.text());
    return new URL(location, url);
  }

  /** Sends a form that a page showed, with the hidden fields it carried. */
  async submit(page: Page, action: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.#send(new URL(action, page.url), {
      method: "POST",
      body: new URLSearchParams({ ...formFields(page, action), ...fields }),
    });
  }

  /** Sends fields to an address as they are. */
  async post(path: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    return this.#send(new URL(path, this.#origin), { method: "POST", body: new URLSearchParams(fields) });
  }

  async #send(url: URL, init: RequestInit): Promise<Page> {
    let at = url;
    let next = init;
    for (let hop = 0; hop < 10; hop += 1) {
      const response = await this.#request(at, next);
      const location = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && location) {
        await response.body?.cancel();
        at = new URL(location, at);
        next = { method: "GET" };
        continue;
      }
      return { url: at, status: response.status, html: await response.text() };
    }
    throw fault("redirect-loop", at, 0, "");
  }

  async #request(url: URL, init: RequestInit): Promise<Response> {
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: {
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        "accept-language": "zh-Hant",
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      if (/max-age=0/i.test(line)) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }
}

/** The hidden fields of the form with this action on a page. */
export function formFields(page: Page, action: string): Record<string, string> {
  const target = new URL(action, page.url).pathname;
  for (const [form] of page.html.matchAll(/<form\b[\s\S]*?<\/form>/g)) {
    if (!/<form\b[^>]*\bmethod="post"/.test(form)) continue;
    const own = /\baction="([^"]*)"/.exec(form)?.[1];
    if (new URL(decodeHtml(own ?? page.url.pathname), page.url).pathname !== target) continue;
    const fields: Record<string, string> = {};
    for (const [input] of form.matchAll(/<input\b[^>]*>/g)) {
      if (!/\btype="hidden"/.test(input)) continue;
      const name = /\bname="([^"]*)"/.exec(input)?.[1];
      if (name) fields[name] = decodeHtml(/\bvalue="([^"]*)"/.exec(input)?.[1] ?? "");
    }
    return fields;
  }
  throw fault("no-such-form", new URL(action, page.url), page.status, page.html);
}

function decodeHtml(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

function fault(code: string, url: URL, status: number, html: string): Error {
  const title =
    /<h1[^>]*>([\s\S]*?)<\/h1>/
      .exec(html)?.[1]
      ?.replaceAll(/<[^>]+>/g, "")
      .trim() ?? "";
  return Object.assign(new Error(`${code} at ${url.pathname} (${status}) ${title}`), { code });
}
