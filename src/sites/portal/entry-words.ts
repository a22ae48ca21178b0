import type { ConfigurationBody } from "#exchange";
import type { Country } from "#flows";
import type { Localised } from "#kernel";
import { checkEntry, entryKinds, fieldMeanings, type EntryKind, type FieldRule, type LogEntry } from "#ledger";
import type { EntryField } from "#services/pages";
import { both, formatDateTime } from "#ui";

/** An entry as its bytes say; `known` if they are exactly what one of the published kinds demands. */
export interface ReadEntry {
  readonly members: Readonly<Record<string, unknown>>;
  readonly known: boolean;
  readonly kind?: EntryKind;
  readonly at?: Date;
}

/** Reads the bytes of an entry, which may be anything. */
export function readEntry(bytes: Uint8Array): ReadEntry {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return { members: {}, known: false };
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return { members: {}, known: false };
  const members = given as Readonly<Record<string, unknown>>;
  const checked = checkEntry(given as LogEntry);
  const known = checked.ok && Buffer.from(checked.value).equals(bytes);
  const at = typeof members["at"] === "string" ? new Date(members["at"]) : undefined;
  return {
    members,
    known,
    ...(known ? { kind: members["t"] as EntryKind } : {}),
    ...(at && !Number.isNaN(at.getTime()) ? { at } : {}),
  };
}

/** What kinds that speak of the log itself prove, as the names of their members do not say it. */
export const explainedKinds: Partial<Readonly<Record<EntryKind, Localised>>> = {
  "index.root": both(
    "保管者替每個人列一份清單：這份紀錄裡哪些編號與這個人有關。這一筆把當時的所有清單合成一個雜湊值，公開並由見證者簽章。所以您向機關要自己的清單時，您的瀏覽器能驗出：到這裡為止一筆都沒有漏掉，而且每個人看到的是同一份索引。從雜湊值看不出索引裡有誰、有幾個人。它證明不了保管者當初有沒有把每一筆放進對的清單；那要拿您的金鑰讀完整份紀錄才看得出來。",
    "The keeper holds a list for each person: the numbers of the entries in this log that are about them. This entry puts all lists of that moment into one hash, in public and under the witnesses’ signatures. So when you ask the agency for your own list, your browser can check that none was left out up to here, and that everybody sees the same index. The hash does not tell who is in the index, or how many. It cannot show that the keeper put each entry on the right list; reading the whole log with your key shows that.",
  ),
  "person.forgotten": both(
    "依法或依請求，把某個人的紀錄與本人連結起來的金鑰被銷毀了。從此沒有人能說哪幾筆與他有關，連保管者也不能；先前的每一個證明仍然成立。",
    "By law or on request, the keys that tied somebody’s entries to them were destroyed. Nobody, the keeper included, can tell any more which entries were about that person; every proof made before still holds.",
  ),
};

/** Codes of the closed lists in words. */
const codes: Readonly<Record<string, Localised>> = {
  consumer: both("要求資料的一方", "The side that asked"),
  provider: both("提供資料的一方", "The side that answered"),
  submitted: both("送出申請", "Sent"),
  viewed: both("承辦人打開", "Opened by an officer"),
  assigned: both("分派", "Assigned"),
  returned: both("退回補件", "Sent back"),
  withdrawn: both("撤回", "Withdrawn"),
  decided: both("決定", "Decided"),
  released: both("放行付款", "Payment released"),
  paid: both("入帳", "Paid"),
  "payment-failed": both("付款失敗", "Payment failed"),
  "fee-paid": both("規費已繳", "Fee paid"),
  "fee-waived": both("免收規費", "Free of charge"),
  "fee-lapsed": both("規費逾期未繳", "Fee not paid in time"),
  corrected: both("更正", "Corrected"),
  granted: both("給予", "Given"),
  changed: both("變更", "Changed"),
  suspended: both("暫停", "Suspended"),
  resumed: both("恢復", "Resumed"),
  revoked: both("收回", "Taken away"),
  drafted: both("寫下草稿", "Drafted"),
  proposed: both("提案", "Proposed"),
  approved: both("核可", "Approved"),
  rejected: both("退回", "Sent back"),
  activated: both("生效", "In force"),
  reviewed: both("檢視，仍需要", "Reviewed, still needed"),
  expired: both("到期", "Ended"),
  "group-joined": both("加入群組", "Joined the group"),
  "group-left": both("離開群組", "Left the group"),
};

/** What names and codes of entries mean, by the country's configuration. */
export interface EntryWords {
  /** The kind of an entry in words; nothing if it is not of the published list. */
  title(entry: ReadEntry): Localised | undefined;
  /** Who took part. */
  parties(entry: ReadEntry): Localised;
  fields(entry: ReadEntry): EntryField[];
}

export function entryWords(
  country: Country,
  configuration: ConfigurationBody,
  logName: (origin: string) => Localised | undefined,
): EntryWords {
  const member = (path: string): Localised | undefined => configuration.members.find(({ id }) => id === path)?.name;

  function service(path: string): Localised | undefined {
    return country.services.find(({ id }) => id === path)?.metadata.title ?? subsystem(path) ?? group(path);
  }

  function party(path: string): Localised | undefined {
    return member(path) ?? subsystem(path) ?? group(path);
  }

  /** A group of agencies' systems, as a right names it. */
  function group(text: string): Localised | undefined {
    const [, kind, code] = /^(LOCAL|GLOBAL)GROUP:(.+)$/.exec(text) ?? [];
    if (!code) return undefined;
    return kind === "LOCAL"
      ? both(`群組 ${code}`, `The agency's group ${code}`)
      : both(`全國群組 ${code}`, `The country's group ${code}`);
  }

  /** The subsystem that a path leads to or through. */
  function subsystem(path: string): Localised | undefined {
    const parts = path.split("/");
    const found = configuration.members.find(({ id }) => id === parts.slice(0, 3).join("/"));
    const part = found?.subsystems.find(({ code }) => code === parts[3]);
    if (!found || !part) return undefined;
    return both(`${found.name["zh-Hant"]}${part.name["zh-Hant"]}`, `${found.name.en}, ${part.name.en}`);
  }

  function said(field: string, value: string): Localised | undefined {
    switch (field) {
      case "at":
      case "until": {
        const at = new Date(value);
        if (Number.isNaN(at.getTime())) return undefined;
        return both(`當地時間 ${formatDateTime(at, "zh-Hant")}`, `Local time: ${formatDateTime(at, "en")}`);
      }
      case "member":
      case "peer":
      case "agency":
        return party(value);
      case "service":
        return service(value);
      case "purpose":
        return country.purposes.find(({ code }) => code === value)?.title;
      case "basis":
        return country.purposes.flatMap(({ legalBases }) => legalBases).find(({ code }) => code === value)?.law;
      case "log":
        return logName(value);
      case "role":
      case "kind":
      case "change":
      case "to":
        return Object.hasOwn(codes, value) ? codes[value] : undefined;
      default:
        return undefined;
    }
  }

  return {
    title: ({ kind }) => (kind ? entryKinds[kind].title : undefined),
    parties({ members, known }) {
      const name = (field: string): Localised | undefined => {
        const value = members[field];
        return known && typeof value === "string" ? (party(value) ?? both(value, value)) : undefined;
      };
      const [one, other] = [name("member"), name("peer")];
      if (!one) return both("—", "–");
      if (!other) return one;
      if (members["role"] === "consumer")
        return both(`${one["zh-Hant"]}向${other["zh-Hant"]}要資料`, `${one.en} asked ${other.en}`);
      if (members["role"] === "provider")
        return both(`${one["zh-Hant"]}回覆${other["zh-Hant"]}`, `${one.en} answered ${other.en}`);
      return both(`${one["zh-Hant"]}、${other["zh-Hant"]}`, `${one.en}, ${other.en}`);
    },
    fields({ kind, members }) {
      if (!kind) return [];
      const rules: Readonly<Record<string, FieldRule>> = entryKinds[kind].fields;
      return Object.entries(rules).flatMap(([field, rule]) => {
        const value = members[field];
        if (typeof value !== "string") return [];
        const words = said(field, value);
        return [
          {
            name: field,
            meaning: fieldMeanings[field as keyof typeof fieldMeanings],
            ...(words ? { said: words } : {}),
            value,
            sealed: rule.type === "digest",
          },
        ];
      });
    },
  };
}
