import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { systemClock, uuidV4, uuidV7 } from "#kernel";
import { generateLogKey, importLogKey, openLog, type Log } from "#ledger";
import { migrate, openDatabase, type Database } from "#store";
import { testDatabase } from "#store/testing";
import { lockEvidence, stagedCount, waitForBlocked, waitForQuiet } from "../test-store.ts";
import { freshSalt, pairTag, type Draft, type End, type Salts } from "./evidence.ts";
import { openRecordBook, type Ending } from "./record-book.ts";
import { evidenceOf, openRecords } from "./store.ts";

const origin = "log.example/records";

function someDraft(): Draft {
  const exchangeId = uuidV4();
  return {
    recordId: uuidV7(new Date()),
    side: "provider",
    gateway: "TW/GOV/REG/gw1",
    configVersion: 1,
    configStale: false,
    exchangeId,
    messageId: "m",
    member: "TW/GOV/REG",
    peer: "TW/GOV/PORTAL",
    client: "TW/GOV/PORTAL/app",
    service: "TW/GOV/REG/people/open",
    method: "POST",
    requestHash: "h",
    requestContentDigest: "d",
    requestSignature: { keyid: "k", sig: "s", baseDigest: "b" },
    pair: pairTag(exchangeId, Buffer.from("signature")),
    opened: new Date().toISOString(),
  };
}

const someSalts = (): Salts => ({ req: freshSalt(), rec: freshSalt() });
const answered = (): End => ({ outcome: "200", now: new Date() });

async function bookOn(database: Database, pem: string): Promise<{ book: ReturnType<typeof openRecordBook>; log: Log }> {
  await migrate(database, "exchange", new URL("../migrations/", import.meta.url));
  const log = await openLog({ database, origin, key: importLogKey(origin, pem), clock: systemClock });
  return { book: openRecordBook(database, log), log };
}

async function openSome(book: ReturnType<typeof openRecordBook>, count: number): Promise<Ending[]> {
  const endings = Array.from({ length: count }, () => ({ draft: someDraft(), salts: someSalts(), end: answered() }));
  const opened = await Promise.all(
    endings.map(({ draft, salts }) =>
      book.open({ serverCode: "gw1", draft, salts, authentic: true, now: new Date(), subjectKey: Buffer.from("key") }),
    ),
  );
  assert.ok(opened.every(Boolean));
  return endings;
}

/** The process that is killed: opens records, then closes them all at once and prints each that it may answer. */
const child = process.env["TAROKO_RECORDS_KILL"];
if (child !== undefined) {
  const { url, pem } = JSON.parse(child) as { url: string; pem: string };
  const { book } = await bookOn(openDatabase(url), pem);
  const endings = await openSome(book, 20);
  process.stdout.write("opened\n");
  await once(process.stdin, "data");
  await Promise.all(
    endings.map(async (ending) => process.stdout.write(`answered ${(await book.close(ending)).recordId}\n`)),
  );
  process.exit(0);
}

const pem = generateLogKey(origin).exportPem();

for (const killed of [true, false]) {
  test(`twenty records closed at once, ${killed ? "killed in the middle: all or none" : "left alone: all"}`, async () => {
    const database = await testDatabase();
    await bookOn(database, pem);
    const closing = spawn(process.execPath, [import.meta.filename], {
      env: { ...process.env, TAROKO_RECORDS_KILL: JSON.stringify({ url: database.url, pem }) },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of createInterface({ input: closing.stdout })) lines.push(line);
    })();
    await once(closing.stdout, "data");
    await database.transaction(async (tx) => {
      if (killed) await lockEvidence(tx); // the statement has been sent, and waits
      closing.stdin.write("go\n");
      if (!killed) return;
      await waitForBlocked(database);
      closing.kill("SIGKILL");
      await once(closing, "exit");
    });
    await reading;
    // PostgreSQL goes on with a statement whose sender was killed, and finds out when it answers.
    await waitForQuiet(database);
    const left = await openRecords(database, "TW/GOV/REG", null);
    assert.ok(left.length === 0 || (killed && left.length === 20), `${left.length} records left open`);
    const { book, log } = await bookOn(database, pem);
    log.start();
    const again = left.map(({ draft, salts }) => book.close({ draft, salts, end: answered() }));
    assert.equal((await Promise.all(again)).length, left.length);
    assert.equal(lines.filter((line) => line.startsWith("answered")).length, killed ? 0 : 20);
    const last = await log.append(database, {
      v: 1,
      t: "configuration.accepted",
      at: "2026-11-22T08:00:00Z",
      member: "TW/GOV/REG",
      ver: "1",
      dig: freshSalt(),
      cnt: freshSalt(),
    });
    assert.equal((await log.wait(last, "integrated", 5000)).index, 20n, "one entry for each record, whatever happened");
    await log.stop();
  });
}

test("records that two processes close at the same time close once each, with one entry", async () => {
  const database = await testDatabase();
  const { book, log } = await bookOn(database, pem);
  const endings = await openSome(book, 40);
  const other = openRecordBook(database, log);
  const closed = await Promise.allSettled([
    ...endings.map((ending) => book.close(ending)),
    ...endings
      .toReversed()
      .map((ending) => other.close({ ...ending, end: { outcome: "unanswered", now: new Date() } })),
  ]);
  const reasons = closed.flatMap((one) => (one.status === "rejected" ? [(one.reason as { code?: string }).code] : []));
  assert.deepEqual(
    reasons,
    Array.from({ length: 40 }, () => "record-closed"),
  );
  assert.equal(await stagedCount(database), 40);
});

test("a refused call is recorded once, with its entry or not at all", async () => {
  const database = await testDatabase();
  const { book, log } = await bookOn(database, pem);
  const row = { serverCode: "gw1", draft: someDraft(), salts: someSalts(), authentic: true, now: new Date() };
  const refused = { outcome: "access-denied", now: new Date() };
  const full = openRecordBook(database, { ...log, appendAll: () => Promise.reject(new Error("disk full")) });
  await assert.rejects(full.refuse(row, refused), /disk full/);
  assert.deepEqual(await evidenceOf(database, row.draft.exchangeId), []);
  assert.equal(await book.refuse(row, refused), true);
  assert.equal(await book.refuse({ ...row, draft: { ...row.draft, recordId: uuidV7(new Date()) } }, refused), false);
  const kept = await evidenceOf(database, row.draft.exchangeId);
  assert.deepEqual(
    kept.map((one) => [one.outcome, typeof one.log_entry]),
    [["access-denied", "bigint"]],
  );
});

test("a replay among others opened at once is told apart; a record closed twice fails alone", async () => {
  const database = await testDatabase();
  const { book } = await bookOn(database, pem);
  const [first, second] = await openSome(book, 2);
  const row = { serverCode: "gw1", salts: someSalts(), authentic: true, now: new Date() };
  const replay = { ...someDraft(), exchangeId: first!.draft.exchangeId };
  const opened = [replay, someDraft()].map((draft) => book.open({ ...row, draft }));
  assert.deepEqual(await Promise.all(opened), [false, true]);
  await book.close(first!);
  const closed = await Promise.allSettled([book.close(first!), book.close(second!)]);
  assert.deepEqual(
    closed.map((one) => (one.status === "rejected" ? (one.reason as { code?: string }).code : one.value.recordId)),
    ["record-closed", second!.draft.recordId],
  );
  const [kept] = await evidenceOf(database, second!.draft.exchangeId);
  assert.deepEqual([kept?.outcome, typeof kept?.log_entry, kept?.salts], ["200", "bigint", second!.salts]);
  const { draft, pair } = (await database.one<{ draft: object; pair: string }>(
    "select draft, record::json ->> 'pair' as pair from exchange.evidence where record_id = $1",
    [second!.draft.recordId],
  ))!;
  assert.deepEqual([draft, pair], [{}, second!.draft.pair], "what the record holds is not kept twice");
});

test("a record whose end could not be written down is closed by the living process, once, and has its entry", async () => {
  const database = await testDatabase();
  const { log } = await bookOn(database, pem);
  let broken: "log" | "answer" | "sending" | undefined;
  const lost = (): Error => Object.assign(new Error("connection lost"), { code: "ECONNRESET" });
  const flaky: Database = {
    ...database,
    query: async <Row>(...asked: Parameters<Database["query"]>) => {
      if (broken === "sending") throw lost();
      const rows = await database.query<Row>(...asked);
      if (broken === "answer") throw lost();
      return rows;
    },
  };
  const staging: Log["staging"] = (entries) => {
    if (broken === "log") throw new Error("disk full");
    return log.staging(entries);
  };
  const book = openRecordBook(flaky, { ...log, staging });
  const [ending] = await openSome(book, 1);
  broken = "log";
  await assert.rejects(book.close(ending!), /disk full/);
  book.owe(ending!);
  await assert.rejects(book.settle(new Date()), /disk full/, "it stays owed");
  const row = { serverCode: "gw1", salts: someSalts(), authentic: true, now: new Date() };
  const [unanswered, unsent] = [someDraft(), someDraft()];
  broken = "answer";
  await assert.rejects(book.open({ ...row, draft: unanswered }), /connection lost/);
  broken = "sending";
  await assert.rejects(book.open({ ...row, draft: unsent }), /connection lost/);
  broken = undefined;
  assert.deepEqual(await book.settle(new Date()), { settled: 2 });
  assert.deepEqual(await book.settle(new Date()), { settled: 0 });
  for (const { exchangeId } of [ending!.draft, unanswered]) {
    const [kept] = await evidenceOf(database, exchangeId);
    assert.deepEqual([kept?.outcome, typeof kept?.log_entry], ["log-unavailable", "bigint"]);
  }
  assert.deepEqual(await evidenceOf(database, unsent.exchangeId), []);
  book.owe(ending!);
  assert.deepEqual(await book.settle(new Date()), { settled: 0 }, "a record closes once");
});
