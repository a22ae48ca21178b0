import { formFields, type Page } from "../browser.ts";
import type { PersonaSite } from "./persona-site.ts";

export interface Wish {
  /** The authorization request as the relying party's library made it. */
  readonly url: string;
  readonly persona: string;
  readonly low?: boolean | undefined;
  /** Name of the one to act for, as the page shows it; oneself unless told. */
  readonly actFor?: string | undefined;
  /** Declines instead of agreeing. */
  readonly refuse?: boolean | undefined;
}

/** Where the relying party is called back, or at which page it ended. */
export type Outcome =
  | { readonly redirect: string }
  | { readonly code: string }
  | { readonly stopped: string; readonly status: number };

/** Goes through sign-in, choice of party and consent as a person in a browser would, for suites without one. */
export async function authorize(site: PersonaSite, wish: Wish): Promise<Outcome> {
  const cookies = new Map<string, string>([["personas-real", "1"]]);
  const client = new URL(wish.url).searchParams.get("client_id") ?? "";
  const enter = async (replaces?: string) => {
    const done = await site.signIn(wish.persona, { client, low: wish.low ?? false, replaces });
    if (done.ok) {
      cookies.set("taroko-session", done.value.token);
      cookies.set("personas-as", wish.persona);
    }
    return done;
  };
  const entered = await enter();
  if (!entered.ok) return { code: entered.error.code };

  let at = new URL(wish.url);
  let form: URLSearchParams | undefined;
  let provedAgain = false;
  for (let step = 0; step < 20; step += 1) {
    const response = await fetch(at, {
      method: form ? "POST" : "GET",
      ...(form && { body: form }),
      redirect: "manual",
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        "accept-language": "en",
        accept: "text/html",
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const mark = pair.indexOf("=");
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) cookies.delete(pair.slice(0, mark));
      else cookies.set(pair.slice(0, mark), pair.slice(mark + 1));
    }
    form = undefined;
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location) {
      await response.body?.cancel();
      at = new URL(location, at);
      if (at.origin !== site.origin) return { redirect: at.href };
      continue;
    }
    const page: Page = { url: at, status: response.status, html: await response.text() };
    const next = answerTo(page, wish);
    if (next) [at, form] = next;
    else if (/action="\/sign-in\?/.test(page.html) && !provedAgain) {
      // A fresh proof is asked for in the middle.
      provedAgain = true;
      const again = await enter(cookies.get("taroko-session"));
      if (!again.ok) return { code: again.error.code };
    } else return { stopped: titleOf(page.html), status: page.status };
  }
  return { stopped: "more than twenty steps", status: 0 };
}

/** What a person who knows what they want would press on this page. */
function answerTo(page: Page, wish: Wish): [URL, URLSearchParams] | undefined {
  const action = (ending: string): string | undefined =>
    [...page.html.matchAll(/action="(\/signin\/[\w-]+\/\w+)"/g)]
      .map(([, path]) => path!)
      .find((path) => path.endsWith(ending));
  const send = (path: string, more: readonly (readonly [string, string])[]): [URL, URLSearchParams] => [
    new URL(path, page.url),
    new URLSearchParams([...Object.entries(formFields(page, path)), ...more.map(([name, value]) => [name, value])]),
  ];
  const party = action("/party");
  if (party) {
    const chosen = wish.actFor === undefined ? "self" : valueNamed(page.html, wish.actFor);
    return chosen === undefined ? undefined : send(party, [["for", chosen]]);
  }
  const refuse = action("/refuse");
  if (refuse && wish.refuse) return send(refuse, []);
  const consent = action("/consent");
  const gives = [...page.html.matchAll(/name="give"[^>]*?value="([^"]+)"|value="([^"]+)"[^>]*?name="give"/g)];
  return consent
    ? send(
        consent,
        gives.map(([, one, other]) => ["give", one ?? other ?? ""] as const),
      )
    : undefined;
}

/** The value of the radio button whose label begins with this name. */
function valueNamed(html: string, name: string): string | undefined {
  for (const [label] of html.matchAll(/<label class="pick"[\s\S]*?<\/label\s*>/g)) {
    const text = /pick-name">([\s\S]*?)<\/span>\s*<small/
      .exec(label)?.[1]
      ?.replaceAll(/<[^>]+>/g, "")
      .trim();
    if (text === name) return /value="([^"]+)"/.exec(label)?.[1];
  }
  return undefined;
}

function titleOf(html: string): string {
  return (/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? "")
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
