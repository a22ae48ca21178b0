import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { playStory } from "#demo";
import { usageOf } from "#consent";
import { versionFor } from "#flows";
import { signConsentToken } from "#exchange";
import { verifySigned } from "#identity";
import { verifyReceipt, type Receipt } from "#ledger";
import { paymentFor, schemaFaults } from "#payments";
import { chainIsWhole, openCase } from "#services";
import { logEntries, storyCountry, temporaryFolder, written } from "./country.ts";

const country = await storyCountry(9500);
const { portal } = country.running.portal;
const summary = await playStory(country.running, () => undefined);
const { state } = (await openCase(portal.database, summary.case.id))!;
const providers: Readonly<Record<string, string>> = { household: "MOI", certificate: "MOHW", welfare: "TPE-DOSW" };
const root = new URL("../..", import.meta.url).pathname;

test("three exchanges stand in the consumer's and in the provider's log, as one pair each", async () => {
  assert.deepEqual(Object.keys(state.facts).sort(), ["certificate", "household", "welfare"]);
  const consumer = await logEntries(country, "MODA");
  for (const [need, fact] of Object.entries(state.facts)) {
    const agency = providers[need]!;
    const sides = await evidence(agency, fact.exchangeId);
    assert.deepEqual(
      sides.map((side) => [side.side, side.done, side.outcome]),
      [
        ["consumer", true, "200"],
        ["provider", true, "200"],
      ],
      need,
    );
    const pair = sides[0]!.pair;
    assert.equal(sides[1]!.pair, pair);
    const there = (await logEntries(country, agency)).filter((entry) => entry["pair"] === pair);
    const here = consumer.filter((entry) => entry["pair"] === pair);
    assert.equal(there.length, 1, `${agency}'s log`);
    assert.equal(here.length, 1, "the operator's log");
    assert.deepEqual([here[0]!["t"], there[0]!["t"]], ["exchange.call", "exchange.call"]);
    assert.deepEqual([here[0]!["role"], there[0]!["role"]], ["consumer", "provider"]);
  }
});

test("no log holds a name or an identity number", async () => {
  const people = country.running.people.slice(0, 10);
  for (const agency of ["MODA", "MOI", "MOHW", "TPE-DOSW", "portal"]) {
    const entries = await logEntries(country, agency);
    assert.ok(entries.length > 0, `${agency}'s log is empty`);
    const text = JSON.stringify(entries);
    for (const one of people)
      for (const word of [one.nationalId, one.surname + one.givenName])
        assert.ok(!text.includes(word), `${agency}'s log names ${one.key}`);
  }
});

test("each reading is witnessed twice, by the audit office and by the university", () => {
  assert.equal(summary.log.length, 3);
  for (const entry of summary.log) {
    assert.ok(entry.verified, entry.origin);
    assert.deepEqual([...entry.witnesses].sort(), [
      "demo.taroko.example/witness/audit-office",
      "demo.taroko.example/witness/university",
    ]);
  }
});

test("the amount is 600, from the rule that the public can read", async () => {
  assert.equal(summary.decision.outcome, "approved");
  assert.equal(summary.decision.amount, 600);
  const page = await country.visitor().open(`/rules/${summary.decision.rule.id}`);
  assert.equal(page.status, 200);
  assert.ok(page.html.includes(summary.decision.rule.version));
  const { model } = versionFor(portal.rules, summary.decision.rule.id, portal.country.dayOf(portal.clock.now()));
  assert.equal(summary.decision.rule.hash, model.hash);
  assert.deepEqual(
    summary.decision.lines.filter((line) => /^(?:Cap|Share|Subsidy)/.test(line.label)).map((line) => line.value),
    ["800", "75%", "600"],
  );
});

test("the case is paid by one file with one line, which the ISO schema accepts", async (t) => {
  assert.equal(state.phase, "paid");
  assert.ok(chainIsWhole(state.events));
  const payment = (await paymentFor(portal.payments, summary.case.number))!;
  assert.equal(payment.public.state, "paid");
  const files = await country
    .database("bank")
    .query<{ name: string; xml: string; sha256: string; lines: number; total: bigint }>(
      "select name, xml, sha256, lines, total from bank.file",
    );
  assert.equal(files.length, 1);
  const [file] = files;
  assert.equal(file!.name, summary.payment.file);
  assert.deepEqual([file!.lines, file!.total], [1, 600n]);
  assert.equal(createHash("sha256").update(file!.xml).digest("hex"), summary.payment.sha256);
  assert.ok(file!.xml.includes(summary.case.number));
  assert.deepEqual(schemaFaults(file!.xml, "pain.001.001.12"), []);
  const path = join(temporaryFolder("taroko-xml-"), "file.xml");
  writeFileSync(path, file!.xml);
  const schema = join(root, "src/payments/bank/schemas/pain.001.001.12.xsd");
  const checked = spawnSync("xmllint", ["--noout", "--nonet", "--schema", schema, path], { encoding: "utf8" });
  if (checked.error) t.diagnostic("xmllint is not installed; our own validator alone has judged the file");
  else assert.equal(checked.status, 0, checked.stderr);
});

test("the applicant's signature verifies and covers what was sent", async () => {
  const verdict = await verifySigned(portal.identity, state.signature!);
  assert.ok(verdict.status === "valid", verdict.status);
  const payload = verdict.payload as unknown as {
    case: string;
    answers: { device: string };
    facts: { exchange: string }[];
    ruling: { amount: number };
  };
  assert.equal(payload.case, state.id);
  assert.equal(payload.answers.device, "walker-standard");
  assert.equal(payload.ruling.amount, 600);
  assert.deepEqual(
    payload.facts.map((fact) => fact.exchange).sort(),
    summary.exchanges.map((exchange) => exchange.exchangeId).sort(),
  );
});

test("a saved receipt verifies without the country, and no flipped bit passes", async () => {
  const folder = temporaryFolder("taroko-receipt-");
  const policy = join(folder, "policy.txt");
  writeFileSync(policy, await (await fetch(`${country.running.portalUrl}/record/policy.txt`)).text());
  const { records } = await usageOf(portal.database, state.principal.person, { limit: 10, offset: 0 });
  const record = records.find((one) => one.receipt !== null)!;
  const daughter = await country.visitor().signIn("lin-meihui");
  await daughter.actForFirst();
  const downloaded = await daughter.ask(
    `/my-data/usage/receipt?gateway=${encodeURIComponent(record.gateway)}&id=${record.id}`,
  );
  assert.equal(downloaded.status, 200);
  const receipt = JSON.parse(downloaded.html) as Receipt;
  const good = join(folder, "receipt.json");
  writeFileSync(good, downloaded.html);
  assert.deepEqual(await verify(good, policy), { status: 0, first: "verified" });

  const entry = Buffer.from(receipt.entry, "base64");
  entry[Math.floor(entry.length / 2)]! ^= 1;
  const salts = JSON.stringify(receipt.opening);
  const salt = /"salt":"([^"]+)"/.exec(salts)![1]!;
  const lines = receipt.proof.split("\n");
  const hash = lines.findIndex((line) => /^[A-Za-z0-9+/]{43}=$/.test(line));
  const flipped: Record<string, Receipt> = {
    entry: { ...receipt, entry: entry.toString("base64") },
    "a hash of the proof": { ...receipt, proof: lines.with(hash, flipBase64(lines[hash]!)).join("\n") },
    "a signature of the proof": {
      ...receipt,
      proof: receipt.proof.replace(/\S+\n$/, (signature) => `${flipBase64(signature.trim())}\n`),
    },
    "a salt of the opening": {
      ...receipt,
      opening: JSON.parse(salts.replace(salt, flipBase64(salt))) as NonNullable<Receipt["opening"]>,
    },
  };
  for (const [what, forged] of Object.entries(flipped)) {
    const path = join(folder, "forged.json");
    writeFileSync(path, JSON.stringify(forged));
    const { status, first } = await verify(path, policy);
    assert.equal(status, 1, `${what}: ${first}`);
    assert.match(first, /^NOT verified/, what);
  }
  assert.equal(
    (await verify(join(folder, "nothing.json"), policy)).status,
    2,
    "what cannot be read is not called wrong",
  );
});

test("each step of the case has a receipt of its own in the portal's log", async () => {
  const policy = await (await fetch(`${country.running.portalUrl}/record/policy.txt`)).text();
  const daughter = await country.visitor().signIn("lin-meihui");
  for (const type of ["submitted", "approved", "released", "paid"] as const) {
    const { seq } = state.events.find((event) => event.type === type)!;
    let answer = await daughter.ask(`/applications/${state.id}/proof/${seq}`);
    for (let n = 0; n < 50 && answer.status === 202; n += 1) {
      await new Promise((done) => setTimeout(done, 100));
      answer = await daughter.ask(`/applications/${state.id}/proof/${seq}`);
    }
    const verdict = await verifyReceipt(JSON.parse(answer.html) as Receipt, policy);
    assert.ok(verdict.ok, `${type}: ${answer.html.slice(0, 200)}`);
    assert.equal(verdict.entry["kind"], type === "approved" ? "decided" : type);
  }
});

test("the same call from outside, by anybody's HTTP client, gives the fields that the portal stored", async () => {
  const mother = country.running.people.find((one) => one.key === "lin-chen-xiuying")!;
  const fact = state.facts["certificate"]!;
  const need = portal.country.services[0]!.dataNeeds.find((one) => one.id === "certificate")!;
  const now = Date.now();
  const token = await signConsentToken(
    {
      issuer: portal.member,
      consentId: state.consentId!,
      services: [`SERVICE:${fact.service}`],
      subject: mother.nationalId,
      purpose: need.purpose.code,
      legalBasis: need.legalBasis,
      fields: need.fields.map((field) => field.path),
      notBefore: new Date(now - 1000),
      expires: new Date(now + 60_000),
    },
    portal.consentKey,
  );
  const answer = await fetch(`http://127.0.0.1:${country.port + 1}/r1/${fact.service}/v1/lookup`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-road-client": "TW/GOV/MODA/portal",
      "taroko-purpose": need.purpose.code,
      "taroko-legal-basis": need.legalBasis,
      "taroko-consent": token,
    },
    body: JSON.stringify({ national_id: mother.nationalId }),
  });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), fact.values);
  assert.notEqual(answer.headers.get("x-road-request-id"), fact.exchangeId);
});

test("playing again resumes, verifies, and writes nothing", async () => {
  const before = await written(country);
  const log = await portal.log.status();
  const again = await playStory(country.running, () => undefined);
  assert.ok(again.resumed && again.verified);
  assert.deepEqual(again.exchanges, summary.exchanges);
  assert.deepEqual({ ...again.case }, { ...summary.case });
  assert.deepEqual(again.payment, summary.payment);
  assert.deepEqual(await written(country), before);
  assert.equal((await portal.log.status()).size, log.size);
  const [{ files }] = (await country
    .database("bank")
    .query<{ files: number }>("select count(*)::int as files from bank.file")) as [{ files: number }];
  assert.equal(files, 1);
});

interface Side {
  readonly side: string;
  readonly done: boolean;
  readonly outcome: string;
  readonly pair: string;
}

/** What both gateways recorded of one exchange, consumer first. */
async function evidence(agency: string, exchangeId: string): Promise<Side[]> {
  const text = `select side, done_at is not null as done, outcome, coalesce(record::json, draft)->>'pair' as pair
    from exchange.evidence where exchange_id = $1 order by side`;
  const site = agency === "TPE-DOSW" ? "taipei-social" : agency.toLowerCase();
  return [
    ...(await country.database("moda").query<Side>(text, [exchangeId])),
    ...(await country.database(site).query<Side>(text, [exchangeId])),
  ];
}

/** Runs the command as a person would, and answers its exit status and first line. */
function verify(receipt: string, policy: string): Promise<{ status: number; first: string }> {
  const command = [join(root, "src/cli.ts"), "verify", receipt, "--policy", policy];
  return new Promise((done) => {
    const child = execFile(process.execPath, command, (_, stdout) =>
      done({ status: child.exitCode ?? -1, first: stdout.split("\n")[0] ?? "" }),
    );
  });
}

function flipBase64(text: string): string {
  const bytes = Buffer.from(text, text.includes("-") || text.includes("_") ? "base64url" : "base64");
  bytes[bytes.length - 1]! ^= 1;
  return text.endsWith("=") || /[+/]/.test(text) ? bytes.toString("base64") : bytes.toString("base64url");
}
