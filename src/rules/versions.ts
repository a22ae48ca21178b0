import { err, ok, type Result } from "#kernel";
import { loadModel, type DecisionModel } from "./load-model.ts";
import type { RulesRefusal } from "./problems.ts";
import { readXml, type Element } from "./xml-tree.ts";

/**
 * Names how this engine evaluates; stored with every ruling. To be raised when an evaluation may come out otherwise than before, so
 * that a replay can tell a changed engine from a changed law.
 */
export const engineVersion = "taroko-dmn/1";

/**
 * The days on which a model is in force, as ISO 8601 dates. A model says it itself, by an element `validity` of any namespace in the
 * `extensionElements` of `definitions`, which DMN editors keep as they find it:
 * `<taroko:validity from="2026-01-01" until="2026-12-31"/>`.
 */
export interface Validity {
  readonly from: string;
  /** The last day. Absent: until a later version begins. */
  readonly until?: string;
}

/** One version of a model and the days on which cases are judged by it. */
export interface ModelVersion extends Validity {
  readonly model: DecisionModel;
  /** Its DMN text as it was given. */
  readonly xml: string;
}

/** A model through time: its versions, oldest first, without a gap or an overlap between them. */
export interface ModelFamily {
  readonly id: string;
  readonly versions: readonly ModelVersion[];
}

/** Reads what a model says of its validity, without judging the rest of it. */
export function readValidity(xml: string): Result<Validity, RulesRefusal> {
  const tree = readXml(xml);
  if (!tree.ok) return tree;
  const element = extension(tree.value, "validity");
  const from = element?.attributes.get("from");
  const until = element?.attributes.get("until");
  if (from === undefined || !isDay(from)) return invalid("it does not say from which day it is in force");
  if (until !== undefined && (!isDay(until) || until < from))
    return invalid("its last day is none, or before its first");
  return ok({ from, ...(until === undefined ? {} : { until }) });
}

/**
 * Puts the versions of one model in order.
 * @param id what each of them must be called
 * @returns `rules-validity-invalid` for one that does not say when it is in force or how it is called, `rules-versions-overlap` and
 * `rules-versions-gap` for days with two versions or none
 */
export function modelFamily(id: string, texts: readonly string[]): Result<ModelFamily, RulesRefusal> {
  const versions: ModelVersion[] = [];
  for (const xml of texts) {
    const model = loadModel(xml);
    if (!model.ok) return model;
    const validity = readValidity(xml);
    if (!validity.ok) return validity;
    if (model.value.id !== id) return invalid(`it is called ${model.value.id}, not ${id}`);
    if (model.value.version === "") return invalid("it has no version");
    versions.push({ model: model.value, xml, ...validity.value });
  }
  versions.sort((a, b) => (a.from < b.from ? -1 : 1));
  for (const [at, version] of versions.entries()) {
    const next = versions[at + 1];
    const twin = versions.find((other, place) => place > at && other.model.version === version.model.version);
    const second = twin ?? next;
    if (!next || !second) break;
    const params = { first: version.model.version, second: second.model.version };
    const inside = `${id}: ${version.model.version} from ${version.from}, ${second.model.version} from ${second.from}`;
    if (twin || next.from === version.from || (version.until ?? "") >= next.from)
      return err({ code: "rules-versions-overlap", params, inside });
    if (version.until !== undefined && dayAfter(version.until) !== next.from)
      return err({ code: "rules-versions-gap", params, inside });
  }
  return ok({
    id,
    versions: versions.map((version, at): ModelVersion => {
      const next = versions[at + 1];
      return next ? { ...version, until: dayBefore(next.from) } : version;
    }),
  });
}

/** The version in force on a day (ISO 8601 date); `undefined` before the first and after the last. */
export function versionOn(family: ModelFamily, day: string): ModelVersion | undefined {
  return family.versions.findLast(({ from, until }) => from <= day && (until === undefined || day <= until));
}

/**
 * The same text with another first day and version, which DMN editors offer no field for. Whatever it said of a last day goes, and
 * nothing else changes.
 */
export function withValidity(
  xml: string,
  to: { readonly from: string; readonly version: string },
): Result<string, RulesRefusal> {
  const read = loadModel(xml);
  if (!read.ok) return read;
  if (!isDay(to.from) || !/^[\w.-]{1,20}$/.test(to.version)) return invalid("the first day or the version is none");
  const mark = `<taroko:version xmlns:taroko="${extensionNamespace}">${to.version}</taroko:version><taroko:validity xmlns:taroko="${extensionNamespace}" from="${to.from}"/>`;
  const bare = xml
    .replaceAll(/<([\w.-]+:)?validity\b[^>]*?(?:\/>|>\s*<\/(?:[\w.-]+:)?validity\s*>)/g, "")
    .replace(/<((?:[\w.-]+:)?)version\b[^>]*>[^<]*<\/\1version\s*>/, "");
  const head = /<((?:[\w.-]+:)?)definitions\b[^>]*>(\s*<\1description>[^<]*<\/\1description>)?/.exec(bare);
  if (!head) return invalid("its first element cannot be found");
  const prefix = head[1]!;
  const at = head.index + head[0].length;
  const rest = bare.slice(at);
  const existing = new RegExp(`^\\s*<${prefix}extensionElements\\b[^>/]*>`).exec(rest);
  const made = existing
    ? bare.slice(0, at) + existing[0] + mark + rest.slice(existing[0].length)
    : `${bare.slice(0, at)}<${prefix}extensionElements>${mark}</${prefix}extensionElements>${rest.replace(new RegExp(`^\\s*<${prefix}extensionElements\\s*/>`), "")}`;
  // Text is not a tree: what came out must read as what was meant, and as the same rules.
  const validity = readValidity(made);
  const model = loadModel(made);
  if (!validity.ok) return validity;
  if (!model.ok) return model;
  return validity.value.from === to.from && validity.value.until === undefined && model.value.version === to.version
    ? ok(made)
    : invalid("its extension elements are of a form that cannot be changed here");
}

const extensionNamespace = "https://taroko.example/dmn";

function extension(root: Element, name: string): Element | undefined {
  return root.children
    .find((child) => child.name === "extensionElements")
    ?.children.find((child) => child.name === name);
}

function invalid(inside: string): { ok: false; error: RulesRefusal } {
  return err({ code: "rules-validity-invalid", params: { why: inside }, inside });
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text;
}

function dayAfter(day: string): string {
  return shifted(day, 1);
}
function dayBefore(day: string): string {
  return shifted(day, -1);
}
function shifted(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}
