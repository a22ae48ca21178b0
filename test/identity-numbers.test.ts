import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isNationalId } from "#countries/taiwan";

/** National numbers in a text that a real person could have. */
function realLooking(text: string): string[] {
  return [...text.matchAll(/(?<![A-Za-z0-9])[A-Z][1289][0-9]{8}(?![0-9A-Za-z])/g)]
    .map((match) => match[0])
    .filter((number) => isNationalId(number, { demonstration: false }));
}

test("no file of the repository holds a number that a person could have", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
    .split("\n")
    .filter((file) => /\.(?:ts|md|json|csv|html|sql|xml|dmn|txt)$/.test(file) && file !== "package-lock.json");
  assert.ok(files.length > 100);
  const found = files.flatMap((file) => realLooking(read(file)).map((number) => `${file}: ${number.slice(0, 3)}…`));
  assert.deepEqual(found, []);
});

test("the guard sees a number with a right checksum", () => {
  const canary = ["A", "1", "23456789"].join("");
  assert.deepEqual(realLooking(`x ${canary} y`), [canary]);
  assert.deepEqual(realLooking("A700000012 A123456780"), []);
});

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // deleted in the working tree
  }
}
