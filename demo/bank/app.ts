import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import { z } from "zod";
import { systemClock, toBase64, utf8, type Clock } from "#kernel";
import type { Database } from "#store";
import { behaviourOf, successorBranch } from "./magic.ts";
import { bankPage, stylesheet } from "./page.ts";
import { receiveFile } from "./receive-file.ts";
import { latestFiles, migrateBank, visibleReports } from "./store.ts";

export interface BankOptions {
  readonly database: Database;
  readonly clock?: Clock;
  /** Milliseconds between a file's reports; 0 shows all at once. */
  readonly settleAfterMs?: number;
  /** How long a slow owner check takes. */
  readonly slowMs?: number;
}

const ownerCheck = z.object({
  institution: z.string().regex(/^\d{7}$/),
  account: z.string().regex(/^\d{1,14}$/),
  holderNumber: z.string().min(1).max(20),
  holderName: z.string().min(1).max(140),
});

/** The bank simulator's HTTP interface. */
export async function createBank(options: BankOptions): Promise<Hono> {
  const { database, clock = systemClock, settleAfterMs = 0, slowMs = 4000 } = options;
  await migrateBank(database);
  const app = new Hono();
  app.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"], styleSrc: ["'self'"] } }));

  app.get("/", async (c) => c.html(bankPage(await latestFiles(database), await visibleReports(database, clock.now()))));
  app.get("/bank.css", (c) => c.body(stylesheet, 200, { "content-type": "text/css; charset=utf-8" }));

  // A pain.001 file as the body; RFC 9530 Content-Digest protects it on the way.
  app.post("/files", bodyLimit({ maxSize: 64_000_000 }), async (c) => {
    const xml = await c.req.text();
    const digest = `sha-256=:${toBase64(createHash("sha256").update(utf8(xml)).digest())}:`;
    if (c.req.header("content-digest") !== digest) return c.json({ error: "content-digest" }, 400);
    const reception = await receiveFile({ database, clock, settleAfterMs }, c.req.header("x-file-name") ?? "", xml);
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

  app.get("/statuses", async (c) =>
    c.json((await visibleReports(database, clock.now())).map(({ name, xml }) => ({ name, xml }))),
  );

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
  return app;
}
