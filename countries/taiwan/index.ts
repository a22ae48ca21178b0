/**
 * Taiwan: everything that makes the platform Taiwan's, as data and small typed functions. Another country writes a
 * folder like this one and changes no code.
 */
import type { Country } from "#flows";
import { agencies } from "./agencies.ts";
import { attributes } from "./attributes.ts";
import { institutions, taiwanBanking } from "./banking.ts";
import { assistiveDevices } from "./devices.ts";
import { taipeiDay, utcOffset } from "./calendar.ts";
import { normalNationalId } from "./identity-number.ts";
import { lifeEvents } from "./life-events.ts";
import { laws, purposes } from "./purposes.ts";
import { readModels } from "./read-models.ts";
import { representation } from "./representation.ts";
import { assistiveDeviceSubsidy } from "./services/assistive-device-subsidy.ts";
import { householdTranscript } from "./services/household-transcript.ts";

export {
  checksumFits,
  fido,
  hipki,
  writeChecksum,
  type FidoOptions,
  type HipkiOptions,
} from "./authenticators/index.ts";
export {
  demonstrationCompany,
  demonstrationId,
  isNationalId,
  maskNationalId,
  normalNationalId,
} from "./identity-number.ts";
export { bankingCalendar, type BankingCalendar } from "./calendar.ts";
export { registers } from "./registers.ts";
export { taiwan as country };
export { villages, villagesOf, type Village } from "./villages.ts";

const banking = taiwanBanking();

export const taiwan: Country = {
  instance: "TW",
  name: { "zh-Hant": "臺灣", en: "Taiwan" },
  agencies,
  purposes,
  lifeEvents,
  services: [assistiveDeviceSubsidy, householdTranscript],
  schedules: { "assistive-devices": assistiveDevices() },
  models: readModels(),
  representation,
  confirmation: {
    agency: "moi",
    subsystem: "household",
    service: "identity",
    key: "national_id",
    name: "name",
    birthDate: "birth_date",
    purpose: "confirm-identity",
    legalBasis: laws.householdRegistration.code,
  },
  attributes,
  dataUse: { purpose: "data-use-list", legalBasis: laws.personalData.code },
  banking,
  institutions: institutions
    .filter((one) => one.code.length === 3 && one.endedOn === undefined)
    .map(({ code, name }) => ({ code, name })),
  checkAccount: (institution, account) => {
    const checked = banking.checkAccount({ institution, number: account }, taipeiDay(new Date()));
    if (checked.ok) return undefined;
    return checked.error.code === "account-invalid"
      ? {
          field: "account",
          text: {
            "zh-Hant": "這個帳號不完整或不是數字，請對照存摺再輸入。",
            en: "This account number is incomplete or not a number. Check it against the passbook.",
          },
        }
      : {
          field: "branch",
          text: {
            "zh-Hant": "沒有這家分行，請對照存摺封面的代碼。",
            en: "There is no such branch. Check the code on the cover of the passbook.",
          },
        };
  },
  caseNumber: (prefix, serial, at) => `${prefix}-${rocYear(at)}-${String(serial).padStart(6, "0")}`,
  caseSeries: (prefix, at) => `${prefix}-${rocYear(at)}`,
  personCode: (nationalId) => `TW${nationalId}`,
  normalSubject: normalNationalId,
  utcOffset,
  dayOf: taipeiDay,
};

/** The year of the Republic in Taipei's time: 2026 is 115. */
function rocYear(at: Date): number {
  return Number(taipeiDay(at).slice(0, 4)) - 1911;
}
