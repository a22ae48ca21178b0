import assert from "node:assert/strict";
import test from "node:test";
import { peopleServices, testCountry, testWitness, type TestGateway } from "../testing.ts";
import { bytesOf } from "./export.ts";
import { bufferAccess } from "./open-file.ts";
import { verifyContainer, type VerifyOptions } from "./verify.ts";
import type { EvidenceVerdict } from "./verdict.ts";

const witness = await testWitness();
const { person } = await peopleServices();
const country = await testCountry({
  services: [
    person("kept", { keepMessages: { days: 30, bodies: true } }),
    person("bases", { keepMessages: { days: 30, bodies: false } }),
    person("plain"),
  ],
  grants: [{ serviceCode: "kept" }, { serviceCode: "bases" }, { serviceCode: "plain" }],
  witnesses: [witness],
  consumer: {
    keepMessages: [
      { service: "TW/GOV/REG/people/kept", days: 30, bodies: true },
      { service: "TW/GOV/REG/people/bases", days: 30, bodies: false },
    ],
  },
});
const { at, provider, consumer, call } = country;
witness.follows.push(...[provider, consumer].map(({ log }) => ({ origin: log.origin, vkey: log.vkey })));
await at.authority.setWitnesses([witness]);
for (const { gateway } of [provider, consumer]) await gateway.refresh();
const anchor = at.authority.anchor;

async function witnessed(of: TestGateway, id: string): Promise<void> {
  const entry = (await of.gateway.evidence(id))[0]!.log_entry!;
  assert.equal((await of.log.wait(entry, "witnessed", 5000)).stage, "witnessed");
}

async function exported(of: TestGateway, id: string, form: "exchange" | "message" = "exchange"): Promise<Buffer> {
  const made = await of.gateway.exports[form](id);
  assert.ok(made.ok, JSON.stringify(made));
  return bytesOf(made.value);
}

function verify(bytes: Buffer, o: VerifyOptions = { native: { anchor } }): Promise<EvidenceVerdict> {
  return verifyContainer(bufferAccess(bytes), o);
}

const codes = (verdict: EvidenceVerdict): string[] => verdict.findings.map(({ code }) => code);

test("what either side exports of a kept exchange verifies with nothing but the country's anchor", async () => {
  const { id } = await call("kept", { headers: { "x-road-id": "m-7", "x-road-issue": "case-7" } });
  for (const side of [provider, consumer]) {
    await witnessed(side, id);
    const verdict = await verify(await exported(side, id));
    assert.equal(verdict.verdict, "valid", JSON.stringify(verdict.findings));
    assert.equal(verdict.facts.signer, side === provider ? "TW/GOV/REG" : "TW/GOV/PORTAL");
    assert.equal(verdict.facts.exchangeId, id);
    assert.equal(verdict.facts.witnesses?.length, 1);
  }
});

test("without kept bodies, or without kept messages, the verdict names what it could not check", async () => {
  const bases = (await call("bases")).id;
  const plain = (await call("plain")).id;
  await witnessed(provider, plain);
  assert.deepEqual(codes(await verify(await exported(provider, bases))), ["body-not-kept", "body-not-kept"]);
  const verdict = await verify(await exported(provider, plain));
  assert.deepEqual([verdict.verdict, codes(verdict)], ["indeterminate", ["request-not-kept", "response-not-kept"]]);
});
