import { hash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { demonstrationId, isNationalId } from "#countries/taiwan";
import { systemClock } from "#kernel";
import { commitSync, generateLogKey, openLog, type Log, type LogEntry } from "#ledger";
import { openDatabase, startPostgres } from "#store";
import { benchFolder } from "./country.ts";
import { printTable } from "./figures.ts";

const topic = "readings";
/** Invented people, from the range that is never issued: its first, one inside, its last. */
const people = [0, 4_711_815, 9_999_999].map((serial) => demonstrationId(serial));

/**
 * Tries every identity number against the published entries of a log about invented people, which the product made, with
 * all that an outsider can compute without a salt; and, to show that the attack works, against a log that protects nobody.
 * One letter of the 26, or with `TAROKO_BENCH_WHOLE=1` all. A number is a letter, a digit that tells citizens, residents
 * and invented people apart, seven digits, and a check digit, which an attacker need not guess.
 */
export async function benchGuess(): Promise<void> {
  const folder = benchFolder();
  const server = await startPostgres({ folder: join(folder, "data", "postgres") });
  const database = openDatabase(await server.database("bench_guess"), { max: 4 });
  const open = (name: string, personSecret?: Uint8Array): Promise<Log> => {
    const origin = `bench.example/${name}`;
    const keys = { key: generateLogKey(origin), ...(personSecret ? { personSecret } : {}) };
    return openLog({ database, origin, clock: systemClock, ...keys });
  };
  const [log, control] = [await open("persons", randomBytes(32)), await open("unsalted")];
  for (const one of [log, control]) one.start();

  for (const subject of people) {
    await database.transaction(async (tx) => {
      const pair = digest();
      const { sub, label } = await log.trace(tx, { subject, topic }, pair);
      return log.append(tx, entry(sub, pair), { label });
    });
  }
  // One entry for each way of hashing: whatever the attack tries, somebody is found by it here.
  const victim = people[1]!;
  const unprotected = [
    ...waysWithoutEntries.slice(0, -1).map((way) => way.of(victim)),
    commitSync(victim, Buffer.alloc(32)),
  ];
  for (const sub of unprotected) await database.transaction((tx) => control.append(tx, entry(sub, digest())));
  const pair = digest();
  await database.transaction((tx) => control.append(tx, entry(saltedBy(pair).of(victim), pair)));
  // With the index, whose root the log publishes too.
  const targets = [await published(log, people.length + 1), await published(control, waysWithoutEntries.length + 1)];
  const pairs = [...targets[0]!.flatMap(({ pair: salt }) => salt ?? []), pair];
  const ways = [...waysWithoutEntries, ...pairs.map(saltedBy)];
  await Promise.all([log.stop(), control.stop()]);
  await database.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });

  const whole = process.env["TAROKO_BENCH_WHOLE"] === "1";
  const result = attack(whole ? letters : letters.slice(0, 1), ways, targets.map(digestsOf));
  const [inLog, inControl] = result.found;
  const hours = (result.seconds * letters.length) / (whole ? letters.length : 1) / 3600;
  printTable(
    ["what", "figure"],
    [
      ["numbers tried", result.tried],
      ["ways of hashing each", ways.length],
      ["guesses a second, one thread", Math.round((result.tried * ways.length) / result.seconds)],
      ["time, s", result.seconds],
      ["time for all 26 letters, hours", hours],
      ["digests published by the control log", digestsOf(targets[1]!).size],
      ["found in the control log, by as many ways", inControl!.size],
      ["digests published by the log", digestsOf(targets[0]!).size],
      ["found in the log", inLog!.size],
    ],
  );
  if (inControl!.size !== waysWithoutEntries.length + 1) throw new Error("the attack does not work on the control log");
  if (inLog!.size > 0) throw new Error("somebody was found in the log");
}

/** Something an outsider can compute of a number, as the digest that would stand in an entry. */
interface Way {
  of(number: string): string;
}

function sha256Of(before: string | Buffer): Way {
  if (typeof before === "string") return { of: (number) => hash("sha256", before + number, "base64url") };
  const input = Buffer.concat([before, Buffer.alloc(10)]);
  return {
    of(number) {
      input.write(number, before.length, "latin1");
      return hash("sha256", input, "base64url");
    },
  };
}

/** How `sub` is made (src/ledger/commitment.ts), with a salt that everybody knows. */
function subjectUnder(salt: Buffer): Way {
  return sha256Of(Buffer.concat([Buffer.from("taroko-subject/1\0"), salt, Buffer.of(0)]));
}

/** An entry that were its own salt. */
function saltedBy(value: string): Way {
  return subjectUnder(Buffer.from(value, "base64url"));
}

/** HMAC-SHA-256 under the empty key, which is also that of all zeros (RFC 2104): how other members are made. */
function unkeyed(): Way {
  const outer = Buffer.concat([Buffer.alloc(64, 0x5c), Buffer.alloc(32)]);
  const inner = "\u0036".repeat(64);
  return {
    of(number) {
      outer.write(hash("sha256", inner + number, "hex"), 64, "hex");
      return hash("sha256", outer, "base64url");
    },
  };
}

const waysWithoutEntries: readonly Way[] = [
  sha256Of(""),
  sha256Of("taroko/person/v1\0"),
  subjectUnder(Buffer.alloc(0)),
  subjectUnder(Buffer.alloc(32)),
  unkeyed(),
];

type Members = Readonly<Record<string, string | undefined>>;

function digest(): string {
  return randomBytes(32).toString("base64url");
}

function entry(sub: string, pair: string): LogEntry {
  return {
    v: 1,
    t: "exchange.call",
    at: "2026-11-22T08:00:00Z",
    role: "provider",
    member: "TW/GOV/BENCH",
    peer: "TW/GOV/PEER",
    service: "TW/GOV/BENCH/sub/service",
    purpose: "bench",
    basis: "bench",
    pair,
    req: digest(),
    res: digest(),
    sub,
    rec: digest(),
    out: "200",
  };
}

/** What everybody can read, once there are so many entries. */
async function published(log: Log, count: number): Promise<Members[]> {
  for (;;) {
    const entries = await log.entries(0n, 1000);
    if (entries.length >= count) return entries.map((one) => JSON.parse(one.entry) as Members);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

function digestsOf(entries: readonly Members[]): Set<string> {
  const values = entries.flatMap((members) => Object.values(members));
  return new Set(values.filter((value): value is string => typeof value === "string" && value.length === 43));
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
/** Invented people, citizens, residents. */
const secondCharacters = ["7", "1", "2", "8", "9"];

/** All numbers of these letters, in all ways, against each set of digests. Answers which digests were found. */
function attack(
  tryLetters: readonly string[],
  ways: readonly Way[],
  targets: readonly ReadonlySet<string>[],
): { tried: number; seconds: number; found: Set<string>[] } {
  const found = targets.map(() => new Set<string>());
  const from = performance.now();
  let tried = 0;
  for (const letter of tryLetters) {
    for (const second of secondCharacters) {
      if (!isNationalId(numberOf(letter, second, 1_234_567), { demonstration: second === "7" })) {
        throw new Error("these are not the country's numbers");
      }
      for (let serial = 0; serial < 10_000_000; serial += 1) {
        const number = numberOf(letter, second, serial);
        tried += 1;
        for (const way of ways) {
          const guess = way.of(number);
          for (let at = 0; at < targets.length; at += 1) if (targets[at]!.has(guess)) found[at]!.add(guess);
        }
      }
    }
    if (tryLetters.length > 1) console.error(`${letter}: ${Math.round((performance.now() - from) / 1000)} s`);
  }
  return { tried, seconds: (performance.now() - from) / 1000, found };
}

/** The country's own way gives the digits of the range for invented people; the check digit follows the second character. */
function numberOf(letter: string, second: string, serial: number): string {
  const invented = demonstrationId(serial, letter);
  if (second === "7") return invented;
  // The second character weighs 8: the check digit makes up for the difference.
  const shift = (Number(second) - 7) * 8;
  const check = (((Number(invented[9]) - shift) % 10) + 10) % 10;
  return letter + second + invented.slice(2, 9) + check;
}
