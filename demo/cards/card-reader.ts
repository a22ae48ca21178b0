import { randomBytes } from "node:crypto";
import { Hono, type Context } from "hono";
import { csrf } from "hono/csrf";
import { z } from "zod";
import { listen, type Listening } from "#http";
import type { Language } from "#kernel";
import type { CardAuthority } from "./card-authority.ts";
import type { Cards, ReaderRefusal } from "./cards.ts";
import type { CardOffice } from "./office.ts";
import { officeRoutes } from "./office-routes.ts";
import type { TimeStamps } from "./time-stamps.ts";
import { deskPage, handOverPage, pinPage, problemBox, readerPage, type Look } from "./reader-pages.ts";

/**
 * Simulator of card, reader and browser extension in one small server. A site sends the browser here with a redirect;
 * the answer goes back as a form post, so the whole works without JavaScript. As with Web eID, the origin that is signed
 * must be the one the answer goes to: a site cannot have a sign-in made for another one.
 *
 *     GET /authenticate?challenge&origin&return&lang             → POST return: token, signingCertificate
 *     GET /sign?hash&hashFunction&origin&return&display&lang     → POST return: signature, certificate, algorithm
 *     giving up                                                  → GET  return?error=CANCELLED | NO_CARD | PIN_LOCKED
 *     POST /api/authenticate {card, pin, challenge, origin}      → 200 {token, signingCertificate} | 422 {code, triesLeft?}
 *     POST /api/sign {card, pin, hash, hashFunction}             → 200 {signature, certificate, algorithm} | 422 …
 *     GET /authority/cards.crl, /authority/issuer.cer            the card authority's public face
 *     POST /authority/ocsp                                       its responder (RFC 6960)
 *     POST /authority/time-stamps, GET /authority/time-stamps.pem  a simulator of a time-stamp authority (RFC 3161)
 *     GET /office                                                the desk that issues cards and takes them back
 */
export interface CardReaderOptions {
  readonly cards: Cards;
  readonly authority: CardAuthority;
  /** Origins of the sites that may ask, for example `https://127.0.0.1:8443`. */
  readonly allowedOrigins: readonly string[];
  /** The card office, and the invented officers who work there. */
  readonly office?: CardOffice;
  readonly officers?: readonly string[];
  readonly timeStamps?: TimeStamps;
  /** Address of a stylesheet to use instead of the reader's own. */
  readonly stylesheet?: string;
}

const text = z.string().max(4000);
const authenticateRequest = z.object({
  challenge: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  origin: text,
  return: text,
  lang: text.optional(),
});
const signRequest = z.object({
  hash: z.string().regex(/^[A-Za-z0-9+/]+=*$/),
  hashFunction: z.enum(["SHA-256", "SHA-384"]),
  origin: text,
  return: text,
  display: z.string().max(300).optional(),
  lang: text.optional(),
});
const pukRequest = z.object({ pin: z.enum(["1", "2"]), puk: z.string().max(12), newPin: z.string().max(12) });
const chosen = z.object({ card: text, pin: z.string().max(12) });
const apiAuthenticate = authenticateRequest.pick({ challenge: true, origin: true }).extend(chosen.shape);
const apiSign = signRequest.pick({ hash: true, hashFunction: true }).extend(chosen.shape);

const languageOf = (c: Context): Language => (c.req.query("lang") === "en" ? "en" : "zh-Hant");

type Ask = { readonly origin: string; readonly return: string; readonly display?: string | undefined };

/** The reader's pages and API. Test it with `app.request()`. */
export function cardReader(options: CardReaderOptions): Hono {
  const { cards, authority } = options;
  const allowed = new Set(options.allowedOrigins);
  const app = new Hono();

  /** The answer goes only to the site that asked, and only to a site we know. */
  const mayAsk = (ask: Ask) =>
    allowed.has(ask.origin) && URL.canParse(ask.return) && new URL(ask.return).origin === ask.origin;
  const wayBack = (ask: Ask, error: string) => {
    const url = new URL(ask.return);
    url.searchParams.set("error", error);
    return url.href;
  };

  const look = (c: Context, language: Language = languageOf(c)): Look => {
    const other = new URL(c.req.url);
    other.searchParams.set("lang", language === "en" ? "zh-Hant" : "en");
    return {
      language,
      nonce: randomBytes(16).toString("base64"),
      ...(options.stylesheet !== undefined && { stylesheet: options.stylesheet }),
      ...(c.req.method === "GET" && { otherLanguage: `${other.pathname}${other.search}` }),
    };
  };
  const answer = (c: Context, use: Look, page: ReturnType<typeof readerPage>, status: 200 | 400 | 422, target = "") => {
    const styles = options.stylesheet
      ? `'nonce-${use.nonce}' 'self' ${new URL(options.stylesheet, c.req.url).origin}`
      : `'nonce-${use.nonce}'`;
    c.header(
      "Content-Security-Policy",
      `default-src 'none'; style-src ${styles}; script-src 'nonce-${use.nonce}'; form-action 'self' ${target}; base-uri 'none'; frame-ancestors 'none'`,
    );
    return c.html(page, status);
  };

  app.use(async (c, next) => {
    await next();
    c.header("Cache-Control", "no-store");
    // The challenge stands in the address: no other site may learn it, yet a form's Origin must not become "null".
    c.header("Referrer-Policy", "strict-origin");
    c.header("X-Content-Type-Options", "nosniff");
  });
  app.post("/authority/ocsp", async (c) => {
    const answered = await authority.answer(new Uint8Array(await c.req.arrayBuffer()));
    if (!answered) return c.body(null, 503);
    return c.body(new Uint8Array(answered), 200, { "Content-Type": "application/ocsp-response" });
  });
  const { timeStamps } = options;
  if (timeStamps) {
    app.post("/authority/time-stamps", async (c) => {
      const stamped = await timeStamps.answer(new Uint8Array(await c.req.arrayBuffer()));
      if (!stamped) return c.body(null, 400);
      return c.body(new Uint8Array(stamped), 200, { "Content-Type": "application/timestamp-reply" });
    });
    app.get("/authority/time-stamps.pem", (c) => c.body(timeStamps.roots, 200, { "Content-Type": "text/plain" }));
  }
  app.use(csrf());

  const badRequest = (c: Context) => {
    const use = look(c);
    return answer(c, use, readerPage(use, "error", problemBox(use.language, "BAD_REQUEST")), 400);
  };

  async function ask(
    c: Context,
    use: "authenticate" | "sign",
    request: Ask & { readonly lang?: string | undefined },
    refused?: ReaderRefusal & { readonly card: string },
  ): Promise<Response> {
    const here = look(c, request.lang === "en" ? "en" : "zh-Hant");
    const inReader = (await cards.list()).filter((card) => card.inReader);
    const triesLeft = refused?.code === "PIN_WRONG" ? refused.triesLeft : undefined;
    const reason = inReader.length === 0 ? "NO_CARD" : refused?.code === "PIN_LOCKED" ? "PIN_LOCKED" : "CANCELLED";
    const fields = Object.entries(request).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    const page = pinPage(here, {
      use,
      origin: request.origin,
      ...(request.display !== undefined && { display: request.display }),
      fields: Object.fromEntries(fields),
      cards: inReader,
      ...(refused && { chosen: refused.card, problem: problemBox(here.language, refused.code, triesLeft) }),
      cancel: wayBack(request, reason),
    });
    return answer(c, here, page, refused ? 422 : 200);
  }

  app.get("/", async (c) => {
    const use = look(c);
    return answer(c, use, deskPage(use, await cards.list()), 200);
  });
  app.post("/cards/:id/:verb{insert|remove|unblock}", async (c) => {
    const { id, verb } = c.req.param();
    if (verb === "unblock") await cards.unblock(id);
    else await cards.place(id, verb === "insert");
    return c.redirect(`/?lang=${languageOf(c)}`, 303);
  });

  app.post("/cards/:id/puk", async (c) => {
    const form = pukRequest.safeParse(await c.req.parseBody());
    const here = look(c);
    const result = form.success
      ? await cards.unblockByCode({ card: c.req.param("id"), ...form.data, pin: form.data.pin === "1" ? 1 : 2 })
      : { ok: false as const, error: { code: "BAD_REQUEST" as const } };
    if (result.ok) return c.redirect(`/?lang=${here.language}`, 303);
    const left = "triesLeft" in result.error ? result.error.triesLeft : undefined;
    const problem = problemBox(here.language, result.error.code, left);
    return answer(c, here, deskPage(here, await cards.list(), problem), 422);
  });
  if (options.office) app.route("/", officeRoutes(options.office, options.officers ?? [], { look, answer }));

  app.get("/authenticate", (c) => {
    const request = authenticateRequest.safeParse(c.req.query());
    return request.success && mayAsk(request.data) ? ask(c, "authenticate", request.data) : badRequest(c);
  });
  app.post("/authenticate", async (c) => {
    const form = authenticateRequest.extend(chosen.shape).safeParse(await c.req.parseBody());
    if (!form.success || !mayAsk(form.data)) return badRequest(c);
    const { card, pin, ...request } = form.data;
    const result = await cards.authenticate({ card, pin, challenge: request.challenge, origin: request.origin });
    if (!result.ok) return ask(c, "authenticate", request, { ...result.error, card });
    const use = look(c, request.lang === "en" ? "en" : "zh-Hant");
    const fields = { token: JSON.stringify(result.value.token), signingCertificate: result.value.signingCertificate };
    return answer(c, use, handOverPage(use, request.return, fields), 200, request.origin);
  });

  app.get("/sign", (c) => {
    const request = signRequest.safeParse(c.req.query());
    return request.success && mayAsk(request.data) ? ask(c, "sign", request.data) : badRequest(c);
  });
  app.post("/sign", async (c) => {
    const form = signRequest.extend(chosen.shape).safeParse(await c.req.parseBody());
    if (!form.success || !mayAsk(form.data)) return badRequest(c);
    const { card, pin, ...request } = form.data;
    const result = await cards.sign({ card, pin, hash: request.hash, hashFunction: request.hashFunction });
    if (!result.ok) return ask(c, "sign", request, { ...result.error, card });
    const use = look(c, request.lang === "en" ? "en" : "zh-Hant");
    return answer(c, use, handOverPage(use, request.return, { ...result.value }), 200, request.origin);
  });

  app.post("/api/authenticate", async (c) => {
    const request = apiAuthenticate.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success || !allowed.has(request.data.origin)) return c.json({ code: "BAD_REQUEST" }, 400);
    const result = await cards.authenticate(request.data);
    return result.ok ? c.json(result.value) : c.json(result.error, 422);
  });
  app.post("/api/sign", async (c) => {
    const request = apiSign.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success) return c.json({ code: "BAD_REQUEST" }, 400);
    const result = await cards.sign(request.data);
    return result.ok ? c.json(result.value) : c.json(result.error, 422);
  });

  app.get("/authority/cards.crl", async (c) =>
    c.body(new Uint8Array(await authority.revocationList()), 200, { "Content-Type": "application/pkix-crl" }),
  );
  app.get("/authority/issuer.cer", (c) =>
    c.body(new Uint8Array(authority.issuer), 200, { "Content-Type": "application/pkix-cert" }),
  );
  return app;
}

/** Serves the reader. @throws with `code` = `port-taken` */
export function startCardReader(
  options: CardReaderOptions & { readonly host: string; readonly port: number; readonly option: string },
): Promise<Listening> {
  const app = cardReader(options);
  return listen((request) => app.fetch(request), options);
}
