import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { formatPolicy, logFilesAt, openTimeStampAnchor, verifyAnchored, verifyReceipt, type Receipt } from "#ledger";
import { testDatabase } from "#store/testing";
import {
  fileOf,
  openssl,
  opensslMissing,
  pemOf,
  someRoot,
  someSigner,
  stamp,
  timeStampServer,
} from "./anchors/testing.ts";
import { running, someEntry, someLog, someWitness, until } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-anchored-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe(
  "an auditor with a receipt, the published files and an authority's root",
  { skip: opensslMissing },
  async () => {
    const database = await testDatabase();
    const root = someRoot();
    const signer = someSigner(root);
    const server = await timeStampServer((request) => stamp(signer, request));
    const tsa = openTimeStampAnchor({ name: "tsa", url: server.url, roots: pemOf(root) });
    const some = someLog();
    const witness = await someWitness("audit.example", some);
    const log = await some.open(database, { witnesses: [witness], anchors: [tsa], anchorEveryMs: 20 });
    const receipts: Receipt[] = [];
    await running(log, async () => {
      for (let at = 1n; at <= 4n; at += 1n) {
        const staged = await log.append(database, someEntry());
        await log.wait(staged, "witnessed", 4000);
        await until(async () => (await log.status()).anchors[0]?.newest?.size === at);
      }
      for (let at = 0n; at < 4n; at += 1n) receipts.push((await log.receiptAt(at))!);
    });
    const files = join(folder, "log");
    await log.publishTo(files);

    const place = async (receipt: Receipt) => {
      const policy = formatPolicy({ logs: [some.vkey], witnesses: [witness], quorum: 1 });
      const verdict = await verifyReceipt(receipt, policy);
      assert.ok(verdict.ok);
      return verdict;
    };
    /** The files with a change. */
    function changed(name: string, change: (path: string) => void): string {
      const copy = join(folder, name.replaceAll(" ", "-"));
      cpSync(files, copy, { recursive: true });
      change(copy);
      return copy;
    }
    const refusal = async (at: string, receipt: Receipt, anchor = tsa): Promise<string> => {
      const verdict = await verifyAnchored(await place(receipt), logFilesAt(at), anchor);
      return verdict.ok ? "accepted" : verdict.reason;
    };

    test("learns by the smallest anchored tree when at the latest an entry was recorded", async () => {
      for (const [at, receipt] of receipts.entries()) {
        const verdict = await verifyAnchored(await place(receipt), logFilesAt(files), tsa);
        assert.ok(verdict.ok, JSON.stringify(verdict));
        assert.deepEqual(
          verdict.anchored.map((one) => ({ ...one, at: 0 })),
          [{ at: 0, name: "tsa", by: "Test Time Stamps", size: at + 1, file: `${at + 1}-tsa.tsr` }],
        );
      }
    });

    test("can check the same files with openssl", () => {
      const [data, record] = [join(files, "anchors/2.txt"), join(files, "anchors/2-tsa.tsr")];
      const done = openssl(["ts", "-verify", "-data", data, "-in", record, "-CAfile", root.certificate]);
      assert.match(done.toString(), /Verification: OK/);
    });

    test("is not told a time by another authority's root, by missing or changed files, or by another log's", async () => {
      const stranger = openTimeStampAnchor({ name: "tsa", url: server.url, roots: pemOf(someRoot()) });
      assert.match(await refusal(files, receipts[3]!, stranger), /^tsa: /);
      const none = changed("no records", (at) => rmSync(join(at, "anchors"), { recursive: true }));
      assert.match(await refusal(none, receipts[0]!), /no record reaches/);
      const gone = changed("no stamp", (at) => rmSync(join(at, "anchors/4-tsa.tsr")));
      assert.match(await refusal(gone, receipts[3]!), /4-tsa.tsr is missing/);
      const swapped = changed("an older stamp under a newer name", (at) =>
        cpSync(join(at, "anchors/1-tsa.tsr"), join(at, "anchors/4-tsa.tsr")),
      );
      assert.match(await refusal(swapped, receipts[3]!), /another text/);
      const broken = changed("a tile", (at) => {
        const tile = readFileSync(join(at, "tile/0/000.p/4"));
        tile[5]! ^= 1;
        writeFileSync(join(at, "tile/0/000.p/4"), tile);
      });
      assert.match(await refusal(broken, receipts[0]!), /does not lead to the root/);
      const short = changed("an old checkpoint", (at) => writeFileSync(join(at, "checkpoint"), ""));
      assert.match(await refusal(short, receipts[0]!), /no checkpoint/);
      const lists = changed("lists that are none", (at) => writeFileSync(join(at, "anchors/index.json"), "[null"));
      assert.match(await refusal(lists, receipts[0]!), /no record reaches/);
      const other = someLog();
      await (await other.open(database)).publishTo(join(folder, "other"));
      assert.match(await refusal(join(folder, "other"), receipts[0]!), /these are the files of log\.example/);
    });

    test("is not told the time of a tree that is not this receipt's", async () => {
      const placed = await place(receipts[0]!);
      const verdict = await verifyAnchored({ ...placed, root: fileOf("").slice(0, 44) }, logFilesAt(files), tsa);
      assert.match(verdict.ok ? "" : verdict.reason, /not the beginning of this log/);
      const ahead = await verifyAnchored({ ...placed, size: 5 }, logFilesAt(files), tsa);
      assert.match(ahead.ok ? "" : ahead.reason, /before the receipt/);
    });
  },
);
