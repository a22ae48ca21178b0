import type { Localised } from "#kernel";

/**
 * Types of `identity` that other modules and browser code may see: who is signed in, how surely, and for whom they act.
 * No national identity number appears in any of them except `Mandate`, which is the answer of a register on its way in.
 */

/** Level of assurance of one authentication. Taroko's own values, not eIDAS's: this scheme was never notified. */
export type Acr = "urn:taroko:loa:high" | "urn:taroko:loa:substantial" | "urn:taroko:loa:low";

/** How strong and how fresh the proof of who somebody is must be, as a service or a data need demands it. */
export interface AssuranceDemand {
  readonly acr: Acr;
  /** How old the proof may be at most. */
  readonly maxAgeMinutes?: number;
  /** It moves money or rights: a passkey bound in the last 24 hours does not do. */
  readonly highValue?: true;
}

/** What makes one person able to act for another. `relative` is a near adult relative by the household register. */
export type MandateKind =
  | "guardian"
  | "ward"
  | "relative"
  | "company-officer"
  | "attorney"
  | "employee"
  | "intermediary"
  | "system";

/** Where a mandate was confirmed: which data service said so, in which exchange, when (ISO 8601). */
export interface MandateSource {
  readonly service: string;
  readonly exchangeId: string;
  readonly at: string;
}

/** A mandate as a register confirmed it just now. Fetched by the caller through the exchange; identity never stores it whole. */
export interface Mandate {
  readonly kind: MandateKind;
  /** Who may act: must be the signed-in person. */
  readonly representative: { readonly nationalId: string };
  /** For whom. */
  readonly principal: {
    /** The person's number, or with `organisation` the number under which it is registered. */
    readonly nationalId: string;
    readonly name: string;
    readonly organisation?: true;
  };
  /** The given mandate's id; absent when a register confirmed it. */
  readonly mandate?: string;
  readonly source: MandateSource;
  /** What it covers: `<service>:<action>`; either side may be `*`. An empty list covers nothing. */
  readonly scopes: readonly string[];
  /** ISO 8601; from this instant on it is over. */
  readonly validTo: string;
}

/** The party a session acts for: a chosen mandate without the identity numbers. */
export interface ActingParty {
  /** The given mandate's id; absent when a register confirmed it. */
  readonly mandate?: string;
  readonly personId: string;
  readonly name: string;
  readonly kind: MandateKind;
  readonly source: MandateSource;
  readonly scopes: readonly string[];
  readonly validTo: string;
}

/** A member of an agency's staff. Roles are the agency's words, for example `caseworker`, `approver`; only those in force. */
export interface Officer {
  readonly personId: string;
  readonly agency: string;
  readonly roles: readonly string[];
  /** The office's id. */
  readonly office: string;
  readonly teams: readonly string[];
}

/** A person as the rest of the system may know them. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** Only an `active` person can sign in or keep a session. */
export type PersonStatus = "active" | "deceased" | "merged" | "blocked";

/** One line of what happened with a person's identity; the person sees them all. */
export interface IdentityEvent {
  readonly id: string;
  readonly what:
    | "sign-in"
    | "party"
    | "signature"
    | "sign-out"
    | "mandate"
    | "looked-up"
    | "office"
    | "passkey"
    | "release";
  readonly ok: boolean;
  /** Who did it. */
  readonly actor: Person;
  /** For whom, when that was somebody else. */
  readonly principal?: Person;
  /** The refusal's code, the kind of mandate chosen, what happened to a given one, or the relying party of a release. */
  readonly reason?: string;
  /** The way of signing in: an authenticator's id. */
  readonly method?: string;
  /** The network it came from, never the whole address. */
  readonly network?: string;
  /** A sign-in from a browser that this person had not used before. */
  readonly newDevice?: true;
  readonly at: Date;
}

/** A live session. The cookie's token is not in it: only its hash is stored. */
export interface Session {
  readonly id: string;
  readonly person: Person;
  /** Present when the person is an officer now; one with several offices must have chosen one. */
  readonly officer?: Officer;
  /** Opened at an agency's own provider: good for that office and for nothing that is the person's own. */
  readonly officeOnly?: true;
  /** The level now: high becomes substantial 15 minutes after the proof. */
  readonly acr: Acr;
  /** Methods of RFC 8176. */
  readonly amr: readonly string[];
  /** When the person last proved who they are. */
  readonly authTime: Date;
  /** When the passkey that proved it was bound; absent where it was no passkey. */
  readonly keySince?: Date;
  /** Absent when the person acts for themself. */
  readonly acting?: ActingParty;
  /** Must come back in every form of this session. */
  readonly csrf: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** The absolute end, whatever the person does. */
  readonly expiresAt: Date;
  /** Whether the card's signature certificate came along at sign-in, so that signing needs one visit to the reader. */
  readonly canSign: boolean;
  /** The device it was opened on, in words (`Firefox, Windows`), and the network; for the person's own eyes. */
  readonly device?: string;
  readonly network?: string;
}

/** What a mandate is called on a screen. */
export const mandateTitles: Readonly<Record<MandateKind, Localised>> = {
  guardian: { "zh-Hant": "法定代理人", en: "Legal guardian" },
  ward: { "zh-Hant": "監護人", en: "Guardian of an adult" },
  relative: { "zh-Hant": "家屬代辦", en: "Near relative" },
  "company-officer": { "zh-Hant": "公司負責人", en: "Company officer" },
  attorney: { "zh-Hant": "受委任人", en: "Attorney" },
  employee: { "zh-Hant": "員工", en: "Employee" },
  intermediary: { "zh-Hant": "專業代理人", en: "Professional intermediary" },
  system: { "zh-Hant": "系統代理", en: "System" },
};
