import type { Localised } from "#kernel";
import type { Acr, MandateKind } from "../contract.ts";

/** Where a relying party stands: `asked` waits for two officers, `refused` was turned down. */
export type ClientState = "active" | "asked" | "refused" | "stopped" | "deleted";

/** What a relying party said of itself when it registered. */
export interface ClientMetadata {
  readonly name: Localised;
  /** The one purpose, in words the person reads before they agree. */
  readonly purpose: Localised;
  /** The law it rests on; empty where the person's consent is the ground. */
  readonly legalBasis: string;
  /** How long what was received is kept, in words. */
  readonly retention: Localised;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly backchannelLogoutUri?: string;
  /** Public keys of a client that authenticates by `private_key_jwt`; without them and `jwksUri` it is a public client. */
  readonly jwks?: { readonly keys: readonly Record<string, unknown>[] };
  readonly jwksUri?: string;
  /** Attribute scopes it may ask for; those in `optional` the person can leave out. */
  readonly scopes: readonly string[];
  readonly optional: readonly string[];
  readonly minAcr: Acr;
  /** For whom people may act here. None: everybody for themself. */
  readonly mandates: readonly MandateKind[];
  /** Audiences for which it may get access tokens. */
  readonly resources: readonly string[];
  /** Present when it is a resource server itself: what its tokens look like, and that it may ask about them. */
  readonly resource?: {
    readonly audience: string;
    readonly scopes: readonly string[];
    readonly format: "jwt" | "opaque";
  };
  /** Encrypts what userinfo answers to this client's key: `ECDH-ES+A256KW`. */
  readonly encryptUserinfo?: boolean;
}

/** Where one attribute comes from: a data service of the exchange, and the field in its answer. */
export interface AttributeSource {
  readonly agency: string;
  readonly subsystem: string;
  readonly service: string;
  /** The field by which the service is asked, which takes the person's number. */
  readonly key: string;
  readonly purpose: string;
  readonly legalBasis: string;
  readonly fields: readonly string[];
}

/** One row of a country's catalogue of what may be asked about a person. The scope is the attribute. */
export interface Attribute {
  readonly scope: string;
  readonly label: Localised;
  readonly source: AttributeSource;
  /** How old a value may be, ISO 8601 duration: `P1D`. */
  readonly freshness: string;
  readonly minAcr: Acr;
  readonly sensitivity: "personal" | "special";
  /** Makes the value of the register's row: a text, a code with its description, or nothing where the row has none. */
  value(row: Readonly<Record<string, unknown>>): AttributeValue | undefined;
}

/** A value, a code of a list, or a composite, as Singapore's Myinfo shapes them. */
export type AttributeValue =
  | { readonly value: string | number | boolean }
  | { readonly code: string; readonly desc: string }
  | { readonly [part: string]: AttributeValue };

/** What a client gets: the value and where it comes from. */
export type AnsweredAttribute = {
  /** `1`: verified by the state, `3`: not applicable to this person. */
  readonly source: "1" | "3";
  readonly source_register: string;
  /** When the register answered, ISO 8601. */
  readonly last_updated: string;
  readonly classification: "personal" | "special";
} & Record<string, unknown>;

/** Why an attribute did not come, and whether asking again later may help. */
export interface UnavailableAttribute {
  readonly scope: string;
  readonly reason: "no-data" | "not-allowed" | "source-unavailable" | "level-too-low";
  /** Seconds. */
  readonly retry_after?: number;
}

/** What fetching answered: what came, and what did not. */
export interface Attributes {
  readonly values: Readonly<Record<string, AnsweredAttribute>>;
  readonly unavailable: readonly UnavailableAttribute[];
}
