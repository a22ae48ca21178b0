import { setTimeout as delay } from "node:timers/promises";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import { z } from "zod";
import { systemClock, type Clock, type Language } from "#kernel";
import type { Database } from "#store";
import {
  cancel,
  deliver,
  inquire,
  order,
  pick,
  refund,
  settlementFile,
  stateOf,
  type PaySimulator,
} from "./charges.ts";
import { choosePage, counterPage, frontPage, overPage, stylesheet } from "./page.ts";
import { chargeOf, latestCharges, migratePay } from "./store.ts";

export interface PayOptions {
  readonly database: Database;
  readonly clock?: Clock;
  /** Signs notifications; the customer knows it. */
  readonly secret: Uint8Array;
  /** The customer's key to the interface. */
  readonly apiKey: string;
  readonly notifyUrl: string;
  /** What one second of a behaviour lasts, in milliseconds. */
  readonly second?: number;
  /** How long a deaf inquiry hangs, in milliseconds. */
  readonly deafMs?: number;
}

const orderBody = z.object({
  charge: z.string().min(1).max(64),
  amount: z.string().regex(/^[1-9]\d{0,11}$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  description: z.object({ "zh-Hant": z.string().max(200), en: z.string().max(200) }),
  returnUrl: z.url(),
  expiresAt: z.iso.datetime(),
});

/** The payment simulator over HTTP: an interface for the customer, pages for payers. */
export async function createPay(options: PayOptions): Promise<{ app: Hono; deliver: () => Promise<void> }> {
  const { database, clock = systemClock, secret, notifyUrl, second = 1000, deafMs = 15_000 } = options;
  await migratePay(database);
  const pay: PaySimulator = { database, clock, secret, notifyUrl, second };
  const app = new Hono();
  app.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"], styleSrc: ["'self'"] } }));
  app.use(bodyLimit({ maxSize: 65_536 }));

  app.get("/", async (c) => c.html(frontPage(await latestCharges(database))));
  app.get("/pay.css", (c) => c.body(stylesheet, 200, { "content-type": "text/css; charset=utf-8" }));

  app.use("/v1/*", async (c, next) => {
    if (c.req.header("authorization") !== `Bearer ${options.apiKey}`) return c.json({ error: "key" }, 401);
    return next();
  });
  app.post("/v1/charges", async (c) => {
    const asked = orderBody.safeParse(await c.req.json().catch(() => undefined));
    if (!asked.success) return c.json({ error: "malformed" }, 400);
    const { amount, expiresAt, ...rest } = asked.data;
    const made = await order(pay, { ...rest, amount: BigInt(amount), expiresAt: new Date(expiresAt) });
    if (typeof made === "string") return c.json({ error: made }, 409);
    return c.json({ path: `/pay/${made.token}`, reference: made.reference }, 201);
  });
  app.get("/v1/charges/:id", async (c) => {
    const said = await inquire(pay, c.req.param("id"));
    if (said) return c.json(said);
    await delay(deafMs);
    return c.json({ error: "timeout" }, 504);
  });
  app.post("/v1/charges/:id/cancel", async (c) => c.json(await cancel(pay, c.req.param("id"))));
  app.post("/v1/charges/:id/refund", async (c) => c.json(await refund(pay, c.req.param("id"))));
  app.get("/v1/settlement", async (c) => {
    const [from, to] = [new Date(c.req.query("from") ?? ""), new Date(c.req.query("to") ?? "")];
    if (Number.isNaN(from.getTime() + to.getTime())) return c.json({ error: "malformed" }, 400);
    const file = await settlementFile(pay, from, to);
    return file === undefined ? c.json({ error: "none" }, 404) : c.text(file);
  });

  app.get("/pay/:token", async (c) => {
    const charge = await chargeOf(database, "token", c.req.param("token"));
    if (!charge) return c.notFound();
    const lang = languageOf(c.req.query("lang"));
    const { state } = await stateOf(pay, database, charge);
    if (charge.method && charge.method !== "card" && state === "pending") return c.html(counterPage(charge, lang));
    return c.html(state === "open" ? choosePage(charge, lang, c.req.query("wrong") === "1") : overPage(charge, lang));
  });
  app.post("/pay/:token", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const token = c.req.param("token");
    const lang = languageOf(c.req.query("lang"));
    const picked = await pick(pay, token, form.get("method") ?? "", form.get("ending") ?? "");
    if (!picked) return c.redirect(`/pay/${encodeURIComponent(token)}?lang=${lang}&wrong=1`, 303);
    const { charge, behaviour } = picked;
    if (behaviour.before) await deliver(pay, charge.id);
    return c.redirect(charge.method === "card" ? charge.returnUrl : `/pay/${charge.token}?lang=${lang}`, 303);
  });
  app.post("/pay/:token/stop", async (c) => {
    const charge = await chargeOf(database, "token", c.req.param("token"));
    if (!charge) return c.notFound();
    await cancel(pay, charge.id);
    return c.redirect(charge.returnUrl, 303);
  });
  return { app, deliver: () => deliver(pay) };
}

function languageOf(asked: string | undefined): Language {
  return asked === "en" ? "en" : "zh-Hant";
}
