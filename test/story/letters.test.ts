import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { playStory } from "#demo";
import type { ValidationReport } from "#identity";
import { openCase } from "#services";
import { storyCountry, temporaryFolder, Visitor } from "./country.ts";

const country = await storyCountry(9700);
const { portalUrl } = country.running;
const { portal } = country.running.portal;
const summary = await playStory(country.running, () => undefined);
const { id } = summary.case;
const { state } = (await openCase(portal.database, id))!;
const card = country.running.people.find((one) => one.surname + one.givenName === state.applicant.name)!.key;
const applicant = await country.visitor().signIn(card);
const folder = process.env["TAROKO_KEEP_LETTERS"] ?? temporaryFolder("taroko-letters-");
const root = new URL("../..", import.meta.url).pathname;

async function fetchLetter(visitor: Visitor, which: string): Promise<Response> {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  return fetch(`${portalUrl}/applications/${id}/${which}.pdf`, { headers: { cookie }, redirect: "manual" });
}

/** Sends a file to the page as a program does. */
async function checked(file: Uint8Array): Promise<ValidationReport> {
  const form = new FormData();
  form.set("file", new Blob([new Uint8Array(file)]), "letter.pdf");
  const answer = await fetch(`${portalUrl}/check-signature`, {
    method: "POST",
    body: form,
    headers: { accept: "application/json" },
  });
  assert.equal(answer.status, 200);
  return (await answer.json()) as ValidationReport;
}

const letters = new Map<string, Uint8Array>();

test("the applicant's page offers decision and receipt, sealed, the same file each time; nobody else gets them", async () => {
  const { html } = await applicant.open(`/applications/${id}`, { language: "en" });
  for (const which of ["decision", "receipt"]) {
    assert.match(html, new RegExp(`href="/applications/${id}/${which}.pdf"`));
    const answer = await fetchLetter(applicant, which);
    assert.equal(answer.headers.get("content-type"), "application/pdf");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    assert.deepEqual(new Uint8Array(await (await fetchLetter(applicant, which)).arrayBuffer()), bytes, "kept");
    assert.ok(bytes.length < 200_000, `${which} has ${bytes.length} bytes`);
    letters.set(which, bytes);
    writeFileSync(join(folder, `${which}.pdf`), bytes);
  }
  const stranger = await country.visitor().signIn("zhang-zhiming");
  const refused = await fetchLetter(stranger, "decision");
  assert.equal(refused.status, 404);
  assert.equal((await fetchLetter(country.visitor(), "decision")).status, 303, "signs in first");
});

test("the page says that they are the portal's seal, stamped, with evidence; and no longer when they were changed", async () => {
  const decision = letters.get("decision")!;
  const report = await checked(decision);
  assert.equal(report.indication, "TOTAL-PASSED", JSON.stringify(report));
  const [one] = report.signatures;
  assert.deepEqual([one?.signer?.kind, one?.level, one?.selfContained], ["seal", "B-T", true]);
  const changed = Buffer.from(decision);
  changed[changed.indexOf("stream") + 20]! ^= 1;
  assert.equal((await checked(changed)).indication, "TOTAL-FAILED");
  assert.equal((await checked(Buffer.from("hello"))).indication, "TOTAL-FAILED");
  const signature = state.events.findLast((event) => event.type === "submitted")!.input.signature;
  writeFileSync(join(folder, "application.json"), signature);
  const application = await checked(Buffer.from(signature));
  assert.deepEqual(
    [application.indication, application.signatures[0]?.signer?.kind, application.signatures[0]?.level],
    ["TOTAL-PASSED", "person", "B-T"],
  );
});

test("the page works in both languages without script, and says what is missing", async () => {
  for (const [language, words] of [
    ["en", /The signature is valid/],
    ["zh-Hant", /簽章有效/],
  ] as const) {
    const form = new FormData();
    form.set("file", new Blob([new Uint8Array(letters.get("decision")!)]), "decision.pdf");
    const headers = { "accept-language": language };
    const answer = await fetch(`${portalUrl}/check-signature`, { method: "POST", body: form, headers });
    assert.match(await answer.text(), words);
    const empty = await fetch(`${portalUrl}/check-signature`, { method: "POST", body: new FormData(), headers });
    assert.equal(empty.status, 422);
  }
  const large = new FormData();
  large.set("file", new Blob([new Uint8Array(10_000_001)]), "large.pdf");
  const answer = await fetch(`${portalUrl}/check-signature`, { method: "POST", body: large });
  assert.equal(answer.status, 422);
  assert.match(await answer.text(), /10 MB/);
});

test("the command says the same by its exit status, with the certificates that the page hands out", async () => {
  for (const name of ["issuers", "time-stamps"])
    writeFileSync(join(folder, `${name}.pem`), await (await fetch(`${portalUrl}/check-signature/${name}.pem`)).text());
  const run = (file: string, ...more: string[]) => {
    const trust = ["--issuers", "issuers.pem", "--time-stamp-roots", "time-stamps.pem"];
    const args = [join(root, "src/cli.ts"), "signature", "verify", file, ...trust, ...more];
    return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  };
  const good = run("decision.pdf");
  assert.equal(good.status, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /^TOTAL-PASSED\nSeal: TOTAL-PASSED, valid\n {2}sealed by {2}Taroko/);
  assert.equal(run("application.json").status, 0);
  const bytes = Buffer.from(letters.get("decision")!);
  bytes[bytes.indexOf("stream") + 20]! ^= 1;
  writeFileSync(join(folder, "changed.pdf"), bytes);
  assert.equal(run("changed.pdf").status, 1);
  const strangers = spawnSync(
    process.execPath,
    [join(root, "src/cli.ts"), "signature", "verify", "decision.pdf", "--issuers", "time-stamps.pem", "--json"],
    { cwd: folder, encoding: "utf8" },
  );
  assert.equal(strangers.status, 2, strangers.stderr);
  assert.equal((JSON.parse(strangers.stdout) as ValidationReport).subIndication, "NO_CERTIFICATE_CHAIN_FOUND");
  assert.equal(run("nothing.pdf").status, 2);
});
