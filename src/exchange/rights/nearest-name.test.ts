import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestName } from "./nearest-name.ts";

const names = ["people/person", "people/persons-of-age", "land/parcel"];
const cases: [string, string | undefined][] = [
  ["people/persn", "people/person"],
  ["People/Person", "people/person"],
  ["people/pesron", "people/person"],
  ["people/persons-of-aeg", "people/persons-of-age"],
  ["land/parcels", "land/parcel"],
  ["tax/income", undefined],
  ["", undefined],
];
for (const [name, expected] of cases) {
  test(`${JSON.stringify(name)} is near ${expected ?? "nothing"}`, () => {
    assert.equal(nearestName(name, names), expected);
  });
}
