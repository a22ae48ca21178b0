import type { Language } from "#kernel";
import type { UsageRecord } from "../gateway/usage.ts";

/**
 * Readings of a person's data as GovStack's `PersonalDataUsage` (Digital Registries, data API 1.3.0; `refrences` is its
 * spelling). The reader is the system that asked: no official's name leaves a gateway.
 */
export function personalDataUsage(
  records: readonly UsageRecord[],
  o: {
    /** Service code of a register; its service in GovStack's shapes counts as the same. */
    readonly database: string;
    /** `ReaderID` for `readerId`. */
    readonly capitals: boolean;
    readonly language: Language;
  },
): readonly object[] {
  return records
    .filter(({ service }) => [o.database, `${o.database}-dr`].includes(lastOf(service)))
    .map(({ id, at, client, service }) => {
      const usage = {
        id,
        readerId: client.id,
        readerInstitutionId: client.id.split("/").slice(0, 3).join("/"),
        readerInstitutionName: client.name[o.language],
        readerApplicationName: lastOf(client.id),
        searchDateTime: at,
        refrences: [{ ReferenceID: lastOf(service) }],
      };
      if (!o.capitals) return usage;
      return Object.fromEntries(
        Object.entries(usage).map(([name, value]) => [
          name === "id" ? "ID" : capital(name).replace(/Id$/, "ID"),
          value,
        ]),
      );
    });
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The code at the end of an identifier's path form. */
function lastOf(path: string): string {
  return decodeURIComponent(path.split("/").at(-1) ?? "");
}
