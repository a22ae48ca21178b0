import assert from "node:assert/strict";
import { test } from "node:test";
import { passbookText, taiwanBanking } from "./banking.ts";

const banking = taiwanBanking({
  institutions: [
    { code: "8070014", name: { "zh-Hant": "永豐商業銀行營業部", en: "Bank SinoPac, Business Department" } },
    {
      code: "8070025",
      name: { "zh-Hant": "示範分行", en: "Demonstration branch" },
      endedOn: "2026-03-01",
      successor: "8070014",
    },
  ],
});

const accounts: readonly [string, string, string, string][] = [
  ["a bank whose branches are not listed", "0040001", "12345678", "00000012345678"],
  ["blanks and hyphens as on a passbook", "0040001", "123-456 78", "00000012345678"],
  ["post office passbook", "7000021", "00012340567890", "00012340567890"],
  ["post office passbook too short", "7000021", "1234567", "account-invalid"],
  ["post office giro", "7000010", "12345678", "00000012345678"],
  ["post office giro too long", "7000010", "123456789", "account-invalid"],
  ["another post office code", "7000099", "12345678", "institution-unknown"],
  ["fifteen digits", "0040001", "123456789012345", "account-invalid"],
  ["letters", "0040001", "12E4", "account-invalid"],
  ["full-width digits", "0040001", "１２３", "account-invalid"],
  ["only zeros", "0040001", "0000", "account-invalid"],
  ["no bank", "9990001", "123", "institution-unknown"],
  ["six digits", "004001", "123", "institution-unknown"],
  ["a listed branch", "8070014", "123", "00000000000123"],
  ["a bank with listed branches, another branch", "8070036", "123", "institution-unknown"],
  ["a merged bank", "8150001", "123", "institution-merged 012"],
  ["a merged branch of a bank that is gone", "0510213", "123", "institution-merged 8070014"],
  ["a branch on the day before it merges", "8070025", "123", "00000000000123"],
];
for (const [name, institution, number, expected] of accounts) {
  test(`account: ${name}`, () => {
    const checked = banking.checkAccount({ institution, number }, "2026-02-28");
    const successor = checked.ok ? undefined : checked.error.params?.["successor"];
    const answer = checked.ok ? checked.value.number : [checked.error.code, successor].filter(Boolean).join(" ");
    assert.equal(answer, expected);
  });
}

test("a branch that merges is refused from that day on", () => {
  const checked = banking.checkAccount({ institution: "8070025", number: "123" }, "2026-03-01");
  assert.equal(checked.ok ? "" : checked.error.code, "institution-merged");
});

test("passbook text keeps whole characters", () => {
  assert.equal(passbookText("輔具補助款項發放"), "輔具補助款項");
  assert.equal(passbookText("𡘙𡘙𡘙𡘙𡘙𡘙𡘙"), "𡘙".repeat(6));
  assert.equal(passbookText("AD-2026-000123"), "AD-2026-0001");
});
