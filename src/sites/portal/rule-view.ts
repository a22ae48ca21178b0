import { replayCase, startOfDay, type Country, type Portal, type RuleBook } from "#flows";
import { err, ok, type Refusal, type Result } from "#kernel";
import {
  analyseModel,
  describeModel,
  versionOn,
  type Explanation,
  type Finding,
  type ModelDescription,
  type ModelFamily,
  type ModelVersion,
} from "#rules";
import type { AccountView, VersionLine } from "#rules/pages";
import type { Case } from "#services";

/** The version of a family that people see unless they ask for another: today's, before its first day the first one. */
export function currentVersion(country: Country, family: ModelFamily, now: Date): ModelVersion {
  return (
    versionOn(family, country.dayOf(now)) ??
    family.versions.findLast(({ from }) => from <= country.dayOf(now)) ??
    family.versions[0]!
  );
}

/** A version as lists show it. */
export function versionLine(country: Country, version: ModelVersion, now: Date): VersionLine {
  const today = country.dayOf(now);
  const { model, from, until } = version;
  return {
    version: model.version,
    hash: model.hash,
    from: startOfDay(country, from),
    ...(until === undefined ? {} : { until: startOfDay(country, until) }),
    state: from > today ? "to-come" : until !== undefined && until < today ? "past" : "in-force",
  };
}

/** The version that an address names, if there is one. */
export function askedVersion(
  country: Country,
  rules: RuleBook,
  id: string,
  version: string | undefined,
  now: Date,
): { family: ModelFamily; shown: ModelVersion; model: ModelDescription } | undefined {
  const family = rules.families().get(id);
  if (!family) return undefined;
  const shown =
    version === undefined
      ? currentVersion(country, family, now)
      : family.versions.find(({ model }) => model.version === version);
  const described = shown && describeModel(shown.xml);
  return shown && described?.ok ? { family, shown, model: described.value } : undefined;
}

/** Findings of the texts that were looked at last, by their hash: a text never changes, and a large one takes a while. */
const looked = new Map<string, readonly Finding[]>();
const mostLooked = 50;

/** What is to be said of a text. */
export function findingsOf(hash: string, xml: string): readonly Finding[] {
  const known = looked.get(hash);
  if (known) return known;
  const found = analyseModel(xml);
  const findings = found.ok ? found.value : [];
  if (looked.size >= mostLooked) looked.delete(looked.keys().next().value!);
  looked.set(hash, findings);
  return findings;
}

/** All of why a case came out as it did; `again`: also whether it still does. */
export async function accountView(
  { database }: Pick<Portal, "database">,
  state: Case,
  again: boolean,
): Promise<Result<AccountView, Refusal>> {
  const ruling = state.decision?.ruling ?? state.ruling;
  if (!ruling?.basis) return err({ code: "ruling-not-replayable" });
  const replayed = again ? await replayCase(database, state.id) : undefined;
  if (replayed && !replayed.ok) return replayed;
  return ok({
    number: state.number ?? "",
    backHref: `/desk/${state.id}`,
    replayHref: `/desk/${state.id}/rule?again=yes`,
    model: ruling.model,
    at: new Date(ruling.basis.at),
    explanation: ruling.basis.explanation as unknown as Explanation,
    ...(replayed && { replay: replayed.value }),
  });
}
