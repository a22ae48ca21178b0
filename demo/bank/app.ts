import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import { z } from "zod";
import { systemClock, toBase64, utf8, type Clock } from "#kernel";
import type { Database } from "#store";
import { bankClock, localDay } from "./bank-clock.ts";
import { behaviourOf, successorBranch } from "./magic.ts";
import { notification } from "./notify.ts";
import { pages } from "./pages.ts";
import { receiveFile, type Desk } from "./receive-file.ts";
import { confirmReports, insertReport, migrateBank, openReports, references } from "./store.ts";

export interface BankOptions {
  readonly database: Database;
  readonly clock?: Clock;
  /** Milliseconds between a file's reports; 0 shows all at once. */
  readonly settleAfterMs?: number;
  /** How long a slow owner check takes. */
  readonly slowMs?: number;
  /** Load mode: chance at published rates decides instead of endings. */
  readonly load?: Desk["load"];
}

const ownerCheck = z.object({
  institution: z.string().regex(/^\d{7}$/),
  account: z.string().regex(/^\d{1,14}$/),
  holderNumber: z.string().min(1).max(20),
  holderName: z.string().min(1).max(140),
});
const confirmation = z.object({ names: z.array(z.string().max(200)).max(1000) });
const advance = z.object({ bankingDays: z.number().int().min(0).max(60) });
const movement = z.object({
  account: z.string().regex(/^\d{1,34}$/),
  direction: z.enum(["debit", "credit"]),
  amount: z
    .string()
    .regex(/^[1-9]\d{0,12}$/)
    .transform(BigInt),
  text: z.string().max(140).optional(),
  endToEndId: z.string().max(35).optional(),
  returned: z
    .string()
    .regex(/^[A-Z0-9]{4}$/)
    .optional(),
});

/** Characters of reports in one answer, about. */
const charactersAtOnce = 32_000_000;

/** The bank simulator's HTTP interface; README.md describes it. */
export async function createBank(options: BankOptions): Promise<Hono> {
  const { database, settleAfterMs = 0, slowMs = 4000, load } = options;
  await migrateBank(database);
  const clock = bankClock(database, options.clock ?? systemClock);
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], styleSrc: ["'self'"], formAction: ["'self'"] },
    }),
  );
  app.route("/", pages({ database, clock, ...(load && { load }) }));

  // A pain.001 file as the body; RFC 9530 Content-Digest protects it on the way.
  app.post("/files", bodyLimit({ maxSize: 64_000_000 }), async (c) => {
    const xml = await c.req.text();
    const digest = `sha-256=:${toBase64(createHash("sha256").update(utf8(xml)).digest())}:`;
    if (c.req.header("content-digest") !== digest) return c.json({ error: "content-digest" }, 400);
    const desk: Desk = { database, now: await clock.now(), settleAfterMs, ...(load && { load }) };
    const reception = await receiveFile(desk, c.req.header("x-file-name") ?? "", xml);
    switch (reception.kind) {
      case "received":
        return c.json({ receipt: reception.receipt }, 201);
      case "repeated":
        return c.json({ receipt: reception.receipt }, 200);
      case "unreadable":
        return c.json({ error: "unreadable", faults: reception.faults.slice(0, 20) }, 422);
      case "message-id-taken":
        return c.json({ error: "message-id-taken" }, 409);
      case "down":
        return c.json({ error: "down" }, 503);
    }
  });

  app.get("/statuses", async (c) => c.json(await openReports(database, await clock.now(), charactersAtOnce)));

  // What the customer has taken into its books is not offered again.
  app.post("/statuses/confirm", async (c) => {
    const asked = confirmation.safeParse(await c.req.json().catch(() => undefined));
    if (!asked.success) return c.json({ error: "malformed" }, 400);
    return c.json({ confirmed: await confirmReports(database, asked.data.names, await clock.now()) });
  });

  // Never answers the holder's name: at most where it differs.
  app.post("/owner-check", async (c) => {
    const asked = ownerCheck.safeParse(await c.req.json().catch(() => undefined));
    if (!asked.success) return c.json({ error: "malformed" }, 400);
    const { owner } = behaviourOf(asked.data.account);
    if (owner === "slow") {
      await delay(slowMs);
      return c.json({ result: "match" });
    }
    if (owner === "branch-wrong") return c.json({ result: owner, suggest: successorBranch });
    if (owner === "name-differs") return c.json({ result: owner, hint: "second-character" });
    return c.json({ result: owner });
  });

  app.get("/clock", async (c) => c.json({ now: (await clock.now()).toISOString() }));
  app.post("/clock", async (c) => {
    const asked = advance.safeParse(await c.req.json().catch(() => undefined));
    if (!asked.success) return c.json({ error: "malformed" }, 400);
    return c.json({ now: (await clock.advanceBankingDays(asked.data.bankingDays)).toISOString() });
  });

  // A movement that no file caused: a debtor pays back, a stranger's money arrives, the bank takes what it should not.
  app.post("/movements", async (c) => {
    const asked = movement.safeParse(await c.req.json().catch(() => undefined));
    if (!asked.success) return c.json({ error: "malformed" }, 400);
    const { account, direction, amount, text, endToEndId, returned } = asked.data;
    const now = await clock.now();
    const [reference = ""] = await references(database, 1);
    const single = {
      reference,
      direction,
      amount,
      ...(text !== undefined && { text }),
      ...(endToEndId !== undefined && { endToEndId }),
      ...(returned !== undefined && { returned }),
    };
    const createdAt = `${now.toISOString().slice(0, 19)}Z`;
    const xml = notification({ id: reference, account, createdAt, bookedOn: localDay(now), single: [single] });
    await insertReport(database, { name: `${reference}.camt.054.xml`, xml, messageId: null, visibleAt: now });
    return c.json({ reference }, 201);
  });
  return app;
}
