import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import test from "node:test";
import { acceptConfiguration, signConfiguration, type ConfigurationBody } from "./configuration.ts";
import {
  anchorKeyid,
  firstRoot,
  followRoots,
  publicText,
  signatureBy,
  type RootBody,
  type SignedRoot,
} from "./root.ts";
import { emptyConfiguration } from "./testing.ts";

const now = new Date("2026-11-22T08:00:00Z");
const key = (): KeyObject => generateKeyPairSync("ed25519").privateKey;
const [one, a, b, c, online, next] = [key(), key(), key(), key(), key(), key()];
const anchor = publicText(one);

interface Shape {
  readonly version?: number;
  readonly root: readonly KeyObject[];
  readonly threshold?: number;
  readonly configuration?: KeyObject;
  readonly signedBy: readonly KeyObject[];
  readonly change?: Partial<RootBody>;
}

function root({ version = 2, root, threshold = 1, configuration = online, signedBy, change }: Shape): SignedRoot {
  const ids = (keys: readonly KeyObject[]) => keys.map((one) => anchorKeyid(publicText(one)));
  const used = [...new Set([...root, configuration])];
  const signed: RootBody = {
    type: "root",
    specVersion: "1",
    instance: "TW",
    version,
    issued: now.toISOString(),
    keys: used.map((one) => ({ keyid: anchorKeyid(publicText(one)), public: publicText(one) })),
    roles: {
      root: { keyids: ids(root), threshold },
      configuration: { keyids: ids([configuration]), threshold: 1 },
    },
    ...change,
  };
  return { signed, signatures: signedBy.map((one) => signatureBy(one, signed)) };
}

/** Root 2: three offline keys, two of which must sign; the configuration is signed by a key of its own. */
const second = root({ root: [a, b, c], threshold: 2, signedBy: [one, a, b] });

function reasonOf(documents: readonly unknown[]): string {
  const led = followRoots(firstRoot("TW", anchor), documents);
  return led.ok ? `root ${led.value.body.version}` : led.error.reason;
}

test("a root is followed only when enough keys of the one before and of its own signed it", () => {
  const third = (signedBy: readonly KeyObject[], change: Partial<RootBody> = {}) =>
    root({ version: 3, root: [a, b, c], threshold: 2, configuration: next, signedBy, change });
  const [foreignId] = second.signed.keys;
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ["root 1", []],
    ["root 2", [second]],
    ["root 3", [second, third([b, c])]],
    ["root-signatures-new", [root({ root: [a, b, c], threshold: 2, signedBy: [one, a] })]],
    ["root-signatures-new", [root({ root: [a], signedBy: [one] })]],
    ["root-signatures-old", [root({ root: [a], signedBy: [a] })]],
    ["root-signatures-old", [second, third([a])]],
    ["root-signatures-old", [second, third([a, a])]],
    ["root-signatures-old", [second, third([one, online, a])]],
    ["root-version", [root({ version: 3, root: [a], signedBy: [one, a] })]],
    ["root-version", [second, second]],
    ["root-instance", [root({ root: [a], signedBy: [one, a], change: { instance: "EE" } })]],
    ["root-keys", [root({ root: [a], threshold: 2, signedBy: [one, a] })]],
    ["root-keys", [root({ root: [a, a], threshold: 2, signedBy: [one, a] })]],
    ["root-keys", [root({ root: [a], signedBy: [one, a], change: { keys: [foreignId!] } })]],
    ["root-format", [{ ...second, signed: { ...second.signed, type: "configuration" } }]],
    ["root-signatures-old", [{ ...second, signed: { ...second.signed, issued: "2026-11-22T09:00:00Z" } }]],
    ["root-format", ["text"]],
  ];
  for (const [expected, documents] of cases) assert.equal(reasonOf(documents), expected);
});

const text = (change: Partial<ConfigurationBody>, by: KeyObject, roots: readonly SignedRoot[]): string =>
  JSON.stringify(signConfiguration(emptyConfiguration(now, change), [by], roots));
const read = (document: string, more: Partial<Parameters<typeof acceptConfiguration>[1]> = {}): string => {
  const accepted = acceptConfiguration(document, { anchor, now, ...more });
  return accepted.ok ? "accepted" : String(accepted.error.params?.["reason"]);
};

test("whoever holds the first key reads what later keys sign, and never goes back", () => {
  const third = root({ version: 3, root: [a, b, c], threshold: 2, configuration: next, signedBy: [a, c] });
  const atTwo = text({ root: 2 }, online, [second]);
  const accepted = acceptConfiguration(atTwo, { anchor, now });
  assert.ok(accepted.ok);
  const previous = accepted.value;
  assert.equal(previous.root.body.version, 2);
  const later = { previous };
  const other = root({ root: [b], configuration: online, signedBy: [one, b] });
  const pinned = { version: 2, digest: previous.root.digest };

  assert.equal(read(text({}, one, [])), "accepted", "before any change of keys");
  assert.equal(read(text({ root: 3, version: 8 }, next, [second, third]), later), "accepted");
  assert.equal(
    read(text({ root: 3, version: 8 }, online, [second, third]), later),
    "signature",
    "a key that was rolled",
  );
  assert.equal(read(text({ root: 2 }, one, [second])), "signature", "the first key after it was replaced");
  assert.equal(read(text({ root: 1 }, online, [second])), "root-version");
  assert.equal(
    read(text({ version: 8 }, one, []), later),
    "root-went-back",
    "the old key, its holder hides the new root",
  );
  assert.equal(read(text({ root: 2, version: 8 }, online, [other]), later), "two-roots", "another second root");
  assert.equal(read(text({ root: 2 }, online, [other]), { pinned }), "root-not-the-pinned");
  assert.equal(read(text({}, one, []), { pinned }), "root-went-back", "a gateway that was invited at root 2");
  assert.equal(read(atTwo, { pinned }), "accepted");
});

test("no configuration outlives the root that it is signed by", () => {
  const ending = root({ root: [a], signedBy: [one, a], change: { expires: "2026-11-24T00:00:00Z" } });
  assert.equal(read(text({ root: 2 }, online, [ending])), "root-expired");
  assert.equal(read(text({ root: 2, expires: "2026-11-24T00:00:00Z" }, online, [ending])), "accepted");
});
