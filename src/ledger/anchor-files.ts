import { toBase64, utf8 } from "#kernel";
import type { Sql } from "#store";
import type { AnchorSuffix } from "./anchor.ts";
import * as store from "./anchor-store.ts";
import { bytesOfBase64, textOf } from "./bytes.ts";
import { formatCheckpoint } from "./checkpoint.ts";

/**
 * The files below `anchors/`, beside the log's own and outside its formats:
 *
 *     anchors/index.json         { v, origin, days: [{ day, from, to, records }] }
 *     anchors/2026-11-22.json    { v, origin, day, anchors: [{ size, root, name, at, file, text }] }
 *     anchors/<size>-<name>.tsr  the authority's answer, for `openssl ts -verify -in`
 *     anchors/<size>.txt         what it is about: the checkpoint's three lines, for `-data`
 *
 * Days are UTC, of the time that is stated; `from` and `to` are the smallest and the largest tree of a day. The lists
 * are for finding only: whoever checks computes the text from the log's tiles.
 */
export interface ListedDay {
  readonly day: string;
  readonly from: number;
  readonly to: number;
  readonly records: number;
}

export interface ListedAnchor {
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly name: string;
  /** The stated time, RFC 3339. */
  readonly at: string;
  /** Names of files below `anchors/`. */
  readonly file: string;
  readonly text: string;
}

export const indexPath = "anchors/index.json";

export function dayPath(day: string): string {
  return `anchors/${day}.json`;
}

const fileName = /^(0|[1-9]\d{0,15})-([a-z0-9][a-z0-9-]{0,62})\.(tsr|json)$/;

/** Reads the name of a record's file. */
export function parseRecordName(
  file: string,
): { readonly size: bigint; readonly name: string; readonly suffix: AnchorSuffix } | undefined {
  const [, size, name, suffix] = fileName.exec(file) ?? [];
  return size === undefined ? undefined : { size: BigInt(size), name: name!, suffix: suffix as AnchorSuffix };
}

export function listed({ size, name, root, at, suffix }: store.AnchorRow): ListedAnchor {
  const [file, text] = [`${size}-${name}.${suffix}`, `${size}.txt`];
  return { size: Number(size), root: toBase64(root), name, at: at.toISOString(), file, text };
}

export function listedDay({ day, from, to, records }: store.AnchorDay): ListedDay {
  return { day, from: Number(from), to: Number(to), records: Number(records) };
}

export function formatIndex(origin: string, days: readonly ListedDay[]): Uint8Array {
  return utf8(`${JSON.stringify({ v: 1, origin, days })}\n`);
}

export function formatDay(origin: string, day: string, anchors: readonly ListedAnchor[]): Uint8Array {
  return utf8(`${JSON.stringify({ v: 1, origin, day, anchors })}\n`);
}

/** The array under a member of a JSON file; empty for anything else, as nobody has to believe these files. */
function list(body: Uint8Array | undefined, member: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const file = JSON.parse(textOf(body ?? new Uint8Array()) ?? "") as Readonly<Record<string, unknown>> | null;
    const value = file?.[member];
    return Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : [];
  } catch {
    return [];
  }
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The days of `anchors/index.json`, those that can be read. */
export function parseIndex(body: Uint8Array | undefined): ListedDay[] {
  return list(body, "days").flatMap(({ day, from, to, records }) =>
    typeof day === "string" && /^\d{4}-\d\d-\d\d$/.test(day) && isSize(from) && isSize(to) && isSize(records)
      ? [{ day, from, to, records }]
      : [],
  );
}

/** The records of a day's list, those that can be read. */
export function parseDay(body: Uint8Array | undefined): ListedAnchor[] {
  return list(body, "anchors").flatMap(({ size, root, name, at, file }) => {
    const parsed = typeof file === "string" ? parseRecordName(file) : undefined;
    if (!parsed || typeof file !== "string" || !isSize(size) || parsed.size !== BigInt(size)) return [];
    if (parsed.name !== name || typeof at !== "string" || !Number.isFinite(Date.parse(at))) return [];
    if (typeof root !== "string" || bytesOfBase64(root)?.length !== 32) return [];
    return [{ size, root, name, at, file, text: `${size}.txt` }];
  });
}

/** True for a day there is: the language takes 31 February for 3 March. */
function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day);
}

/** A file below `anchors/` of the log in this database. */
export async function anchorFile(
  sql: Sql,
  log: number,
  path: string,
): Promise<{ readonly body: Uint8Array; readonly contentType: string; readonly immutable: boolean } | undefined> {
  const json = { contentType: "application/json", immutable: false };
  if (path === indexPath) {
    const days = (await store.anchorDays(sql, log)).map(listedDay);
    return days.length === 0 ? undefined : { body: formatIndex(await store.originOf(sql, log), days), ...json };
  }
  const file = path.slice("anchors/".length);
  const [, day] = /^(2\d{3}-\d\d-\d\d)\.json$/.exec(file) ?? [];
  if (day !== undefined) {
    if (!isDay(day)) return undefined;
    const rows = await store.anchorsOfDay(sql, log, day);
    if (rows.length === 0) return undefined;
    return { body: formatDay(await store.originOf(sql, log), day, rows.map(listed)), ...json };
  }
  const [, size] = /^(0|[1-9]\d{0,15})\.txt$/.exec(file) ?? [];
  if (size !== undefined) {
    const root = await store.anchoredRoot(sql, log, BigInt(size));
    if (!root) return undefined;
    const text = formatCheckpoint(await store.originOf(sql, log), BigInt(size), root);
    return { body: utf8(text), contentType: "text/plain; charset=utf-8", immutable: true };
  }
  const record = parseRecordName(file);
  const body = record && (await store.anchorBody(sql, log, record));
  const contentType = record?.suffix === "tsr" ? "application/timestamp-reply" : "application/json";
  return body && { body, contentType, immutable: true };
}
