import assert from "node:assert/strict";
import { test } from "node:test";
import { mandateAllows } from "./mandate.ts";

const at = new Date("2026-11-22T00:00:00Z");
const allows = (scopes: string[], validTo = "2027-01-01T00:00:00Z") => {
  const answer = mandateAllows({ scopes, validTo }, { service: "assistive-device", action: "apply", at });
  return answer.ok ? answer.value.scope : answer.error.code;
};

test("a mandate covers what its scopes say, until its end, and nothing else", () => {
  assert.equal(allows(["assistive-device:apply"]), "assistive-device:apply");
  assert.equal(allows(["assistive-device:*"]), "assistive-device:*");
  assert.equal(allows(["*:view", "*:apply"]), "*:apply");
  for (const none of [
    [],
    ["assistive-device:view"],
    ["assistive-device"],
    ["assistive-device:apply:more"],
    [":"],
    ["*"],
  ])
    assert.equal(allows(none), "mandate-scope", JSON.stringify(none));
  assert.equal(allows(["*:*"], at.toISOString()), "mandate-expired", "the end itself is over");
  assert.equal(allows(["*:*"], "some day"), "mandate-expired", "an end that cannot be read has passed");
});
