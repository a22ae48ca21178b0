import type { Attribute, Mandate } from "#identity";
import type { Localised } from "#kernel";
import type { Banking } from "#payments";
import type { AccountCheck, ServiceDefinition } from "#services";

/**
 * Everything that makes the platform one country's: data and small pure functions, nothing else. Another government
 * writes another value of this type and changes no code.
 */
export interface Country {
  /** X-Road instance identifier. */
  readonly instance: string;
  readonly name: Localised;
  readonly agencies: readonly Agency[];
  readonly purposes: readonly Purpose[];
  readonly lifeEvents: readonly LifeEvent[];
  readonly services: readonly ServiceDefinition[];
  /** Official schedules by name: what a question of kind `item-from-schedule` offers. */
  readonly schedules: Readonly<Record<string, readonly ScheduleItem[]>>;
  /** Decision models (DMN) by id: the XML of each version, which says itself from which day it is in force. */
  readonly models: Readonly<Record<string, readonly string[]>>;
  /** The registers that say who may act for whom; all are asked for one purpose, each by its own law. */
  readonly representation: readonly RepresentationSource[];
  /** What relying parties may ask about a person, by scope. */
  readonly attributes: readonly Attribute[];
  /** The register that confirms who holds a card without a number, and its fields. Absent: such cards cannot be bound. */
  readonly confirmation?: {
    readonly agency: string;
    readonly subsystem: string;
    readonly service: string;
    readonly key: string;
    readonly name: string;
    readonly birthDate: string;
    readonly purpose: string;
    readonly legalBasis: string;
  };
  /** Purpose and law under which people see who used their data. */
  readonly dataUse: { readonly purpose: string; readonly legalBasis: string };
  readonly banking: Banking;
  readonly institutions: readonly { readonly code: string; readonly name: Localised }[];
  readonly checkAccount: AccountCheck;
  /** The number a case gets when it is submitted. */
  caseNumber(prefix: string, serial: number, at: Date): string;
  /** What a case number is counted under: prefix and year, as the country counts years. */
  caseSeries(prefix: string, at: Date): string;
  /** The person's identifier on the exchange: country code and number. */
  personCode(nationalId: string): string;
  /** The one spelling of a person's identifier in calls between agencies; nothing for a text that is none. */
  readonly normalSubject?: (text: string) => string | undefined;
  /** The country's time, for example `+08:00`. */
  readonly utcOffset: string;
  /** The calendar day in the country's time, ISO 8601. */
  dayOf(instant: Date): string;
}

/** A register that says who may act for whom: how it is asked, and what a row of it means. */
export interface RepresentationSource {
  /** Whom its rows are about: people of one's family, or companies. */
  readonly about: "family" | "company";
  /** What the register is called on screens. */
  readonly title: Localised;
  readonly agency: string;
  readonly subsystem: string;
  readonly service: string;
  /** The field by which it is asked, which takes the representative's number. */
  readonly key: string;
  readonly purpose: string;
  readonly legalBasis: string;
  /** Pure: for whom a row lets one act, how, and until which day (ISO 8601, that day included); nothing for a row that lets one do nothing. */
  read(row: Readonly<Record<string, unknown>>): RepresentationRow | undefined;
}

/** What a row of such a register says. */
export interface RepresentationRow extends Pick<Mandate, "kind" | "principal" | "scopes"> {
  readonly lastDay?: string;
}

/** An agency as the exchange and the screens know it. */
export interface Agency {
  /** Key used by service definitions. */
  readonly key: string;
  /** X-Road member class and code. */
  readonly memberClass: string;
  readonly memberCode: string;
  readonly name: Localised;
  /** Name where there is little room. */
  readonly shortName: Localised;
  readonly subsystems: readonly { readonly code: string; readonly name: Localised }[];
  readonly contact: Localised;
}

/** Why data may travel, as each exchange names it, and the laws that may carry it. Published in the configuration. */
export interface Purpose {
  readonly code: string;
  readonly title: Localised;
  readonly legalBases: readonly { readonly code: string; readonly law: Localised; readonly url: string }[];
}

/** A moment of life by which people look for services; `icon` names a picture of the ui module. */
export interface LifeEvent {
  readonly id: string;
  readonly icon: string;
  readonly title: Localised;
  readonly about: Localised;
}

/** One row of an official schedule. */
export interface ScheduleItem {
  readonly id: string;
  /** Number in the schedule; `null` where none was verified. */
  readonly number: number | null;
  readonly name: Localised;
  readonly category: Localised | null;
  /** Whole units of the country's currency. */
  readonly cap: number;
  /** Where the row comes from, for the person who wants to check. */
  readonly source: Localised;
}

/** The path form of a member: `TW/GOV/MOI`. */
export function memberPath(country: Country, agency: Agency): string {
  return `${country.instance}/${agency.memberClass}/${agency.memberCode}`;
}

/** The instant at which a calendar day (ISO 8601 date) begins in the country. */
export function startOfDay({ utcOffset }: Pick<Country, "utcOffset">, day: string): Date {
  return new Date(`${day}T00:00:00${utcOffset}`);
}

/** The agency with this key. @throws when the country has none: a definition that names it would be broken */
export function agencyOf(country: Country, key: string): Agency {
  const agency = country.agencies.find((candidate) => candidate.key === key);
  if (!agency) throw Object.assign(new Error(`no agency "${key}"`), { code: "agency-unknown" });
  return agency;
}
