// The commands of docs/guides/payments-api.md, typed in their order into one shell, against a running country.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { releasePayment } from "#payments";
import { root } from "./command.ts";
import { storyCountry } from "./country.ts";

const guide = readFileSync(join(root, "docs/guides/payments-api.md"), "utf8");
const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```(?:\n```\n([\s\S]*?)^```)?/gm)].map(
  ([, commands = "", shown = ""]) => ({ commands, shown }),
);
const country = await storyCountry(18_400);

/** Not spawnSync: the country answers from this process. */
function typed(
  commands: string,
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((done) => {
    const shell = spawn("bash", ["-euo", "pipefail", "-c", commands], { cwd: root });
    let [stdout, stderr] = ["", ""];
    shell.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
    shell.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
    shell.on("close", (status) => done({ status, stdout, stderr }));
  });
}

test("every command answers as the guide shows; what was proposed is paid only after somebody else released it", async () => {
  assert.equal(blocks.filter(({ shown }) => shown !== "").length, 8, "the guide was not read");
  const moved = (text: string): string =>
    text
      .replaceAll("http://localhost:8080", country.running.portalUrl)
      .replaceAll("KEY=.taroko/", `KEY=${country.folder}/`);
  const mark = "\u0001";
  const script = blocks.map(({ commands }) => `${moved(commands)}\nprintf '${mark}'`).join("\n");
  const ran = await typed(script);
  assert.equal(ran.status, 0, `${ran.stdout}\n${ran.stderr}`);
  const printed = ran.stdout.split(mark);
  const plain = (text: string): string => text.replaceAll("\n", "");
  for (const [n, { commands, shown }] of blocks.entries())
    if (shown !== "") assert.equal(plain(printed[n] ?? ""), plain(shown), commands);

  const { payments } = country.running.portal.portal;
  const own = await payments.database.query<{ entitlement: string }>(
    "select entitlement from payments.api_batch_line where reference = '0000000000000001'",
  );
  const entitlementId = own[0]!.entitlement;
  const self = await releasePayment(payments, { entitlementId, releasedBy: "api:welfare.taipei.example" });
  assert.equal(!self.ok && self.error.code, "same-person");
});
