import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { chromium } from "playwright-core";
import { listen } from "#http";
import type { Receipt } from "#ledger";
import { verifyReceipt } from "#ledger/contract";
import { verifyPersonList, type PersonList } from "#ledger/lists";
import type { PostgresServer } from "#store";
import { findChromium } from "../test/browser/chromium.ts";
import { printTable, quantile, sample } from "./figures.ts";
import { entryOf } from "./ledger-entry.ts";
import { fill, startLog, type BenchLog } from "./ledger-log.ts";

const person = "A700000001";
const topic = "readings";
const readings = 100;

/** What the page and Node check: receipts of one log, and a person's list in another. */
interface Given {
  readonly receipts: readonly Receipt[];
  readonly policy: string;
  readonly list: PersonList;
  readonly about: { readonly subject: string; readonly topic: string; readonly origin: string };
  readonly listPolicy: string;
}
/** Milliseconds of each check; the first one apart, since it pays for what later ones find ready. */
interface Checked {
  readonly firstReceipt: number;
  readonly receipts: readonly number[];
  readonly firstList: number;
  readonly lists: readonly number[];
}

/** Runs in Node and, written out as text, in the page. */
async function check(
  given: Given,
  verify: { readonly receipt: typeof verifyReceipt; readonly list: typeof verifyPersonList },
): Promise<Checked> {
  async function times(count: number, work: (at: number) => Promise<{ readonly ok: boolean }>): Promise<number[]> {
    const all: number[] = [];
    for (let at = 0; at < count; at += 1) {
      const from = performance.now();
      const verdict = await work(at);
      all.push(performance.now() - from);
      if (!verdict.ok) throw new Error(JSON.stringify(verdict));
    }
    return all;
  }
  const receipts = await times(301, (at) => verify.receipt(given.receipts[at % given.receipts.length]!, given.policy));
  const lists = await times(11, () => verify.list(given.list, given.about, given.listPolicy));
  return {
    firstReceipt: receipts[0]!,
    receipts: receipts.slice(1),
    firstList: lists[0]!,
    lists: lists.slice(1),
  };
}

/** The same checks in Chromium, in a page that has nothing but the checking library; nothing without Chromium. */
async function checkInBrowser(given: Given): Promise<{ checked: Checked; kibibytes: number } | undefined> {
  const executablePath = findChromium();
  if (!executablePath) return undefined;
  const { outputFiles } = buildSync({
    stdin: {
      contents: `import { verifyReceipt } from "#ledger/contract";
        import { verifyPersonList } from "#ledger/lists";
        globalThis.verify = { receipt: verifyReceipt, list: verifyPersonList };`,
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const script = outputFiles[0]!.text;
  const page = `<!doctype html><title>bench</title><script type="module">${script}</script>`;
  const server = await listen(() => new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } }), {
    host: "127.0.0.1",
    port: 0,
    option: "",
  });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const tab = await browser.newPage();
    await tab.goto(server.url);
    const work = `(async () => (${check.toString()})(${JSON.stringify(given)}, globalThis.verify))()`;
    return { checked: await tab.evaluate<Checked>(work), kibibytes: script.length / 1024 };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** A list of a hundred entries about one person among as many others, with the proof that it is whole. */
async function somePersonList({ log, database }: BenchLog): Promise<PersonList> {
  for (let at = 0; at < readings; at += 1) {
    for (const subject of [person, `A77${String(at).padStart(7, "0")}`]) {
      const pair = randomBytes(32).toString("base64url");
      const { sub, label } = await log.trace(database, { subject, topic }, pair);
      await log.add({ ...entryOf(at), pair, sub } as ReturnType<typeof entryOf>, { label });
    }
  }
  const until = performance.now() + 30_000;
  while (performance.now() < until) {
    const list = await log.personList({ subject: person, topic });
    if (list?.positions.length === readings) return list;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error("the index of persons does not follow");
}

const both = (times: readonly number[]): string =>
  `${quantile(times, 0.5).toFixed(2)} / ${quantile(times, 0.95).toFixed(2)}`;

/** Receipts made and checked, in Node and in a browser; and a person's list. */
export async function benchProofs(bench: BenchLog, server: PostgresServer): Promise<void> {
  const { log } = bench;
  await fill(bench, 10_000);
  const size = Number(await log.size());
  const made = await sample(200, 10, (run) => log.receiptAt(BigInt(((run + 10) * 7919) % size)));
  const from = performance.now();
  const many = 1000;
  for (let at = 0; at < many; at += 16) {
    await Promise.all(Array.from({ length: 16 }, (_, of) => log.receiptAt(BigInt(((at + of) * 7919) % size))));
  }
  const perSecond = (many * 1000) / (performance.now() - from);
  const receipts = await Promise.all(
    Array.from({ length: 50 }, async (_, at) => (await log.receiptAt(BigInt((at * 7919) % size)))!),
  );
  const persons = await startLog(server, "persons", true);
  const list = await somePersonList(persons);
  const given: Given = {
    receipts,
    policy: bench.policy,
    list,
    about: { subject: person, topic, origin: persons.log.origin },
    listPolicy: persons.policy,
  };
  const node = await check(given, { receipt: verifyReceipt, list: verifyPersonList });
  const browser = await checkInBrowser(given);
  await persons.close();
  const column = (read: (checked: Checked) => string): [string, string] => [
    read(node),
    browser ? read(browser.checked) : "skipped: no Chromium",
  ];
  printTable(
    ["what", "Node", "Chromium"],
    [
      [`receipt made in a log of ${size.toLocaleString("en")}, ms p50 / p95`, both(made), ""],
      ["receipts made a second, 16 at a time", perSecond.toFixed(0), ""],
      ["receipt checked, ms p50 / p95", ...column(({ receipts: times }) => both(times))],
      [
        "receipts checked a second, one after the other",
        ...column(({ receipts: times }) => (1000 / quantile(times, 0.5)).toFixed(0)),
      ],
      ["the first receipt of a page, ms", ...column(({ firstReceipt }) => firstReceipt.toFixed(1))],
      [`person's list of ${readings} checked, ms p50 / p95`, ...column(({ lists: times }) => both(times))],
      ["the first list of a page, ms", ...column(({ firstList }) => firstList.toFixed(1))],
      ["size of the checking script, KiB", "", browser ? browser.kibibytes.toFixed(0) : ""],
    ],
  );
}
