import type { AssuranceDemand } from "#identity";
import type { Localised } from "#kernel";

/**
 * A public service as data: what it fetches, asks, decides and pays, and who may do what when. No functions: a definition
 * survives `JSON.parse(JSON.stringify(d))` unchanged, can be translated, diffed, checked as a whole before it runs, and
 * read by somebody who does not program.
 */
export interface ServiceDefinition {
  /** kebab-case, permanent. */
  readonly id: string;
  /** Semantic version; the case keeps the version it was submitted under. */
  readonly version: string;
  /** First day it is in force, ISO 8601 date. */
  readonly validFrom: string;
  /** What stands before the year in a case number, for example `AT`. */
  readonly numberPrefix: string;
  readonly metadata: ServiceMetadata;
  /** How surely one must have proved who one is, to start and to send. Any sign-in will do where it is absent. */
  readonly assurance?: { readonly start: AssuranceDemand; readonly send: AssuranceDemand };
  readonly dataNeeds: readonly DataNeed[];
  readonly questions: readonly Question[];
  readonly decision: DecisionBinding;
  readonly payout?: Payout;
  /** What the applicant pays, where the rule's amount is a fee and not a benefit. Never beside `payout`. */
  readonly fee?: FeeRule;
  readonly clock: Clock;
  readonly phases: readonly Phase[];
  readonly events: readonly CaseEventRule[];
  /** Grounds a caseworker may refuse on, beside what the rule says. */
  readonly refusalGrounds: readonly { readonly id: string; readonly text: Localised }[];
  /** What the applicant declares with the signature. */
  readonly declaration: Localised;
  readonly retention: Localised;
  readonly remedies: Localised;
  /** Days after a decision within which it may be appealed against; absent where no time is set. */
  readonly appealDays?: number;
}

export interface ServiceMetadata {
  readonly title: Localised;
  readonly summary: Localised;
  /** Key of the agency in the country's list; it runs the desk. */
  readonly agency: string;
  readonly whoMayApply: readonly Localised[];
  readonly whatYouNeed: readonly Localised[];
  readonly fee: Localised;
  readonly legalBasis: readonly LegalBasis[];
  readonly lifeEvents: readonly string[];
  readonly keywords: readonly string[];
}

export interface LegalBasis {
  /** Code that travels with each exchange and stands in each right. */
  readonly code: string;
  readonly law: Localised;
  readonly url?: string;
}

/** One thing the state already knows and the service may fetch. */
export interface DataNeed {
  readonly id: string;
  readonly title: Localised;
  /** Key of the agency that holds it, subsystem and service code on the exchange. */
  readonly source: { readonly agency: string; readonly subsystem: string; readonly service: string };
  /** Whose data: the person the benefit is for, or the person applying. */
  readonly subject: "principal" | "applicant";
  /** Name of the register's key that the subject's identity number fills. */
  readonly key: string;
  readonly purpose: { readonly code: string; readonly text: Localised };
  readonly legalBasis: string;
  readonly lawfulGround: "consent" | "statute";
  /** What fetching it demands beyond what starting the service does. */
  readonly assurance?: AssuranceDemand;
  readonly fields: readonly {
    readonly path: string;
    readonly title: Localised;
    readonly kind: FactKind;
    readonly values?: Readonly<Record<string, Localised>>;
    /** Official schedule whose items the values name by id. */
    readonly schedule?: string;
  }[];
}

export type FactKind = "text" | "date" | "number" | "choice" | "list";

export type Question =
  | {
      readonly id: string;
      readonly kind: "item-from-schedule";
      readonly schedule: string;
      /** The fact that decides the share which is paid; shown with its source beside the amounts. */
      readonly amountsRestOn: { readonly need: string; readonly path: string };
      readonly title: Localised;
      readonly hint: Localised;
    }
  | { readonly id: string; readonly kind: "yes-no"; readonly title: Localised; readonly hint: Localised }
  | {
      readonly id: string;
      readonly kind: "number";
      /** Both included. */
      readonly least: number;
      readonly most: number;
      readonly title: Localised;
      readonly hint: Localised;
    }
  | { readonly id: string; readonly kind: "bank-account"; readonly title: Localised; readonly hint: Localised };

export interface DecisionBinding {
  /** Id of the decision model and the decision in it that gives the outcome. */
  readonly model: string;
  readonly decision: string;
  /** Name of the model's input → where its value comes from. */
  readonly inputs: Readonly<Record<string, InputSource>>;
}

export type InputSource =
  | { readonly from: "answer"; readonly question: string }
  | { readonly from: "fact"; readonly need: string; readonly path: string }
  | { readonly from: "facts"; readonly need: string }
  | { readonly from: "scheduled-item"; readonly question: string }
  | { readonly from: "today" }
  | { readonly from: "fact-equals"; readonly need: string; readonly path: string; readonly value: string };

export interface Payout {
  /** ISO 20022 ExternalPurpose1Code. */
  readonly purpose: string;
  /** Question that gives the payee's account. */
  readonly account: string;
  /** What the payee reads beside the money; the case number follows. */
  readonly text: Localised;
}

/**
 * A fee for what the service provides by itself: sent → the rule's amount is owed → paid → provided. An amount of nothing is
 * nobody's debt: the case goes on at once.
 */
export interface FeeRule {
  /** What the money belongs to in the books: `fee-` and a name, 40 characters at most. */
  readonly programme: string;
  /** The provision that sets it, as payers read it. */
  readonly law: Localised;
  /** Days within which it must be paid; after them the application lapses. */
  readonly dueDays: number;
  /** What is provided then: the letter's title and its words above the fetched data of `need`. */
  readonly provides: { readonly title: Localised; readonly text: Localised; readonly need: string };
}

/** Time within which the agency decides, counted in calendar days from submission. */
export interface Clock {
  readonly days: number;
  readonly legalBasis: string;
}

export interface Phase {
  readonly id: string;
  readonly status: "draft" | "in-review" | "decided" | "closed";
  readonly title: Localised;
}

export type Role = "applicant" | "caseworker" | "approver" | "system";

export type CaseEventType =
  | "started"
  | "consented"
  | "facts-added"
  | "answered"
  | "submitted"
  | "viewed"
  | "approved"
  | "refused"
  | "returned"
  | "released"
  | "paid"
  | "payment-failed"
  | "fee-paid"
  | "fee-waived"
  | "fee-lapsed"
  | "withdrawn";

/** Who may cause an event, in which phases, and where the case then stands. */
export interface CaseEventRule {
  readonly event: CaseEventType;
  readonly from: readonly string[];
  /** The next phase; absent = the case stays where it is. */
  readonly to?: string;
  readonly by: readonly Role[];
  /** The human who does this must not be the one who did that. */
  readonly differentFrom?: CaseEventType;
  /** What the public log of the case says. */
  readonly title: Localised;
}
