import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { databaseNamesOf } from "../../demo/run-country.ts";
import { openDatabase, startPostgres, type Sql } from "#store";
import { startCommand, stopServersAtEnd, until } from "./command.ts";
import { freeBlock, temporaryFolder } from "./country.ts";

interface Summary {
  readonly verified: boolean;
  readonly resumed: boolean;
  readonly case: { readonly id: string; readonly number: string; readonly phase: string };
  readonly exchanges: readonly { readonly exchangeId: string; readonly service: string }[];
}

const data = join(temporaryFolder("taroko-kill-"), "data");
const cluster = join(data, "postgres", "data");
const port = await freeBlock(9620);
const killed: Record<string, Date> = {};
stopServersAtEnd(data);
after(() => rmSync(data, { recursive: true, force: true }));

/** Runs the story and kills it `after` so many milliseconds from a line of its progress. */
async function killAt(line: RegExp, name: string, wait: number = 0): Promise<void> {
  const command = startCommand({ port, data, arguments: ["--once"] });
  await command.line(line);
  await delay(wait);
  killed[name] = new Date();
  await command.kill();
}

async function finish(): Promise<Summary> {
  const command = startCommand({ port, data, arguments: ["--once", "--json"] });
  assert.equal(await command.ended, 0, command.output());
  return JSON.parse(command.output()) as Summary;
}

test("killed while the database is made for the first time, and again while the sites start", async () => {
  const first = startCommand({ port, data, arguments: ["--once"] });
  await until("the making of the database", () => preparing().length > 0);
  await delay(80);
  await first.kill();
  assert.ok(!existsSync(cluster), "half a database is not taken for a whole one");
  await killAt(/witness\/university/, "starting");
});

test("killed at five moments of the story, it goes on and finishes", async () => {
  await killAt(/She chooses to act/, "before consent", 40);
  // A step may have been finished just before a kill, and is then not played again: any later line will do as well.
  await killAt(/three gateways answer|Facts are there|and sends/, "after consent");
  await killAt(/and sends|and approves|releases the payment/, "after sending");
  await killAt(/and approves|releases the payment|The bank takes|are verified/, "after decision");
  await killAt(/releases the payment|The bank takes|are verified/, "after release");
  const summary = await finish();
  assert.ok(summary.verified && summary.resumed);
  assert.equal(summary.case.phase, "paid");
  await inspect(summary);
});

test("killed while it begins anew, the next start stands on whole ground", async () => {
  const command = startCommand({ port, data, arguments: ["--once", "--fresh"] });
  const before = readdirSync(cluster).length;
  await until("the old database to go", () => !existsSync(cluster) || readdirSync(cluster).length < before);
  await command.kill();
  const summary = await finish();
  assert.ok(summary.verified);
  assert.equal(summary.resumed, false, "what was thrown away does not come back");
});

/** Nothing acknowledged is missing, nothing is open, nothing happened twice. */
async function inspect(summary: Summary): Promise<void> {
  const server = await startPostgres({ folder: join(data, "postgres") });
  const open = await Promise.all(
    ["portal", "bank", "moda", "moi", "mohw", "taipei-social"].map(async (site) => {
      const [name] = databaseNamesOf("taroko", [site]);
      return [site, openDatabase(await server.database(name!), { max: 1 })] as const;
    }),
  );
  const at = Object.fromEntries(open) as Record<string, Sql>;
  try {
    const events = await at["portal"]!.query<{ type: string; at: Date; case_id: string }>(
      "select type, at, case_id from services.case_event order by seq",
    );
    assert.deepEqual(
      [...new Set(events.map((event) => event.case_id))],
      [summary.case.id],
      "one application, however often the story was killed",
    );
    for (const [type, moment] of [
      ["consented", "after consent"],
      ["submitted", "after sending"],
      ["approved", "after decision"],
      ["released", "after release"],
    ] as const) {
      const those = events.filter((event) => event.type === type);
      assert.equal(those.length, 1, `${type} once`);
      assert.ok(those[0]!.at < killed[moment]!, `${type} was kept from before the kill ${moment}`);
    }
    const consents = await at["portal"]!.query<{ case_id: string }>("select case_id from consent.record");
    assert.deepEqual(consents, [{ case_id: summary.case.id }], "no consent without its step in the case");
    // In the log: in its tree, or durably waiting for its place there when the command ended.
    const unproven = await at["portal"]!.query(
      `select 1 from services.case_proof proof
        where not exists (select 1 from ledger.placed where staged_id = proof.staged)
          and not exists (select 1 from ledger.staged where id = proof.staged)`,
    );
    assert.equal(unproven.length, 0, "every proven step stands in the portal's log");

    for (const gateway of ["moda", "moi", "mohw", "taipei-social"]) {
      const rows = await at[gateway]!.query<{ exchange_id: string; done: boolean; logged: boolean }>(
        `select exchange_id, done_at is not null as done,
           exists (select 1 from ledger.placed where staged_id = log_entry)
             or exists (select 1 from ledger.staged where id = log_entry) as logged
         from exchange.evidence`,
      );
      assert.ok(rows.length > 0);
      for (const row of rows) {
        assert.ok(row.done, `${gateway} left ${row.exchange_id} open`);
        assert.ok(row.logged, `${gateway}'s log lacks ${row.exchange_id}`);
      }
    }
    for (const { exchangeId } of summary.exchanges) {
      const sides = await Promise.all(
        ["moda", "moi", "mohw", "taipei-social"].map((gateway) =>
          at[gateway]!.query<{ side: string }>("select side from exchange.evidence where exchange_id = $1", [
            exchangeId,
          ]),
        ),
      );
      assert.deepEqual(
        sides
          .flat()
          .map((row) => row.side)
          .sort(),
        ["consumer", "provider"],
      );
    }

    const files = await at["bank"]!.query<{ lines: number; total: bigint; xml: string }>(
      "select lines, total, xml from bank.file",
    );
    assert.equal(files.length, 1, "the bank has one file");
    assert.deepEqual([files[0]!.lines, files[0]!.total], [1, 600n]);
    assert.equal(files[0]!.xml.split(summary.case.number).length, 2, "which names the case once");
  } finally {
    for (const [, database] of open) await database.close();
    await server.stop();
  }
}

function preparing(): string[] {
  const folder = join(data, "postgres");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("data.new")) : [];
}
