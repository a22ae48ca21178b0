import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { anchorsOf, anchorsOption } from "./anchor-option.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-anchors-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = (relative: string): string => join(folder, relative);

test("no anchors is what a file without the member says", () => assert.deepEqual(anchorsOption.parse(undefined), []));

test("a module of the country's choice makes an anchor from its own options", async () => {
  writeFileSync(path("gazette.mjs"), "export const openAnchor = ({ name }) => ({ name, publish() {}, verify() {} });");
  const option = anchorsOption.parse([{ module: "gazette.mjs", options: { name: "gazette" } }]);
  assert.deepEqual(
    (await anchorsOf(option, path)).map(({ name }) => name),
    ["gazette"],
  );
});

test("roots that are missing or none stop the site at its start, with the anchor's name", async () => {
  writeFileSync(path("none.pem"), "not a certificate");
  for (const roots of ["none.pem", "missing.pem"]) {
    const option = anchorsOption.parse([{ rfc3161: { name: "tsa", url: "https://tsa.example/", roots } }]);
    await assert.rejects(anchorsOf(option, path), { code: "site-file", message: /^anchors: tsa: / });
  }
});

test("a name that cannot stand in a file name, another protocol and a misspelt member are refused", () => {
  const good = { name: "tsa", url: "https://tsa.example/", roots: "tsa.pem" };
  assert.ok(anchorsOption.safeParse([{ rfc3161: good }]).success);
  for (const change of [{ name: "../tsa" }, { url: "file:///tsa" }, { roots: "" }, { root: "x" }]) {
    assert.ok(!anchorsOption.safeParse([{ rfc3161: { ...good, ...change } }]).success, JSON.stringify(change));
  }
});
