import assert from "node:assert/strict";
import { test } from "node:test";
import { identifierPath } from "#exchange";
import { allowedClient } from "./allowed-client.ts";

test("a register's client is one of the demonstration's systems, and a slip of the pen is told what there is", () => {
  assert.equal(identifierPath(allowedClient("TW/GOV/TPE-DOSW/welfare")), "TW/GOV/TPE-DOSW/welfare");
  for (const slip of ["TW/GOV/TPE-DOSW/welfar", "TW/GOV/TPE-DOSW", "welfare", ""])
    assert.throws(
      () => allowedClient(slip),
      /names no system of the demonstration; there are .*TW\/GOV\/TPE-DOSW\/welfare/,
    );
});
