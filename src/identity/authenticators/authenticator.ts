import type { Clock, JsonValue, Language, Localised } from "#kernel";
import type { Acr } from "../contract.ts";
import type { CardCertificate, RevocationCheck, TokenPolicy, TokenReason } from "../web-eid/index.ts";

/**
 * One way in which a person proves who they are. A country adds its own as a value of this type and changes no other
 * module: docs/guides/another-country.md.
 */
export interface Authenticator {
  /** Stands in addresses and in the record: `web-eid`, `hipki`. */
  readonly id: string;
  readonly title: Localised;
  /** One sentence for the sign-in page. */
  readonly text: Localised;
  /** What its credentials are kept under; ways that read the same card share it. */
  readonly credentialKind: string;
  /** The level that this way reaches alone. */
  readonly maxAcr: Acr;
  /** Methods of RFC 8176. */
  readonly amr: readonly string[];
  /** False where a look-alike site could pass the person's answer on. */
  readonly phishingResistant: boolean;
  /** What the person types before it begins. `first-time`: number and date of birth, where the card is not known yet. */
  readonly asks?: "first-time" | "number";
  /** Issues what the person's device is to sign. Must not throw; what fails is told by {@link finish}. */
  begin(context: AuthenticationContext, given: GivenIdentity): Promise<Begun>;
  /** Judges the answer. The state was deleted before, so that a second answer finds none. */
  finish(
    context: AuthenticationContext,
    state: JsonValue,
    answer: Readonly<Record<string, string>>,
  ): Promise<Verified | Rejected>;
  /** For apps: asks whether the person has answered. */
  poll?(context: AuthenticationContext, state: JsonValue): Promise<Pending | Verified | Rejected>;
}

/** What every driver works with. The origin is the configured one, never from the request. */
export interface AuthenticationContext {
  readonly origin: string;
  /** 32 random bytes in base64, of this attempt alone. */
  readonly challenge: string;
  readonly language: Language;
  readonly country: string;
  readonly clock: Clock;
  readonly trustedIssuers: readonly CardCertificate[];
  readonly revocation: RevocationCheck;
  readonly policy: TokenPolicy;
}

/** What the person typed. It is not believed before a register confirmed it. */
export interface GivenIdentity {
  readonly number?: string;
  /** ISO 8601. */
  readonly birthDate?: string;
}

export interface Begun {
  /** Kept sealed on the server until the answer comes, five minutes at most. */
  readonly state: JsonValue;
  readonly client: ClientPart;
}

/** What the browser does next. */
export type ClientPart =
  /** Goes there; the answer is posted back to `/sign-in/finish`. */
  | { readonly kind: "redirect"; readonly url: string }
  /** Shows a custom element with these `data-` attributes; it fills the page's form and sends it. */
  | { readonly kind: "element"; readonly element: string; readonly data: Readonly<Record<string, string>> }
  /** Waits for an app: shows the code that the app shows too, and asks again every so many seconds. */
  | { readonly kind: "app"; readonly code: string; readonly link?: string; readonly everySeconds: number };

export interface Pending {
  readonly status: "pending";
}

export interface Verified {
  readonly status: "verified";
  readonly certificate: CardCertificate;
  readonly issuer: CardCertificate;
  readonly claims: {
    readonly country: string;
    readonly type: string;
    /** Absent where the certificate holds none; then the card is bound to a person by a register first. */
    readonly number?: string;
    /** The number's end, where the certificate holds that. */
    readonly last4?: string;
    readonly name: string;
  };
  /** The issuer's answer about the certificate. */
  readonly evidence?: Uint8Array;
  /** base64 DER of the card's signature certificate, if it came along. */
  readonly signingCertificate?: string;
}

/** Why a sign-in was refused: a closed list. The person is told its text; the detail is for the log. */
export type RejectionReason =
  | TokenReason
  | "NO_CARD"
  | "NO_READER"
  | "PIN_WRONG"
  | "PIN_LOCKED"
  | "CANCELLED"
  | "TIMEOUT"
  | "COMPONENT_MISSING"
  | "COMPONENT_OLD"
  | "UNAVAILABLE";

/** The code a browser is told, as `code` of the problem document: no more than it needs to say the right words. */
export function codeTold(reason: RejectionReason): string {
  if (reason === "SUBJECT") return "CERT_NOT_TRUSTED";
  if (reason === "CERT_NOT_YET_VALID") return "CERT_EXPIRED";
  return reason === "CERT_STATUS_UNKNOWN" ? "CERT_REVOKED" : reason;
}

export interface Rejected {
  readonly status: "rejected";
  readonly reason: RejectionReason;
  readonly detail: string;
}

export function rejected(reason: RejectionReason, detail: string): Rejected {
  return { status: "rejected", reason, detail };
}

/** What a register says of number, date of birth and name. Which of them differs it does not say. */
export type PersonResolver = (claimed: {
  readonly number: string;
  readonly birthDate: string;
  readonly name: string;
}) => Promise<"confirmed" | "not-confirmed" | "unavailable">;
