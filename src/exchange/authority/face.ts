import type { Clock, JsonValue, Localised, Refusal, Result } from "#kernel";
import type { Log } from "#ledger";
import type { Database } from "#store";
import type {
  ConfigurationBody,
  GlobalGroup,
  Purpose,
  RegisteredMember,
  WitnessEntry,
} from "../configuration/configuration.ts";
import type { SignedRoot, TrustedRoot } from "../configuration/root.ts";
import type { Membership } from "../membership/membership.ts";
import type { RequestKind } from "../membership/request.ts";
import type { MemberId } from "../r1/identifier.ts";
import type { SealCredentials } from "./seal-certificates.ts";
import type { RootPlan } from "./roots.ts";
import type { GatewayRow, InvitationRow, IssuedRow } from "./store.ts";

export interface AuthorityOptions {
  readonly database: Database;
  /** Where the authority's signing key and the certificate authority's key live; made at first start, mode 0700. */
  readonly keysFolder: string;
  readonly instance: string;
  readonly clock: Clock;
  /** The authority's own log, in the same database: every act below is an entry of it. */
  readonly log: Log;
  /** Where the public reads that log's files. */
  readonly logUrl?: string | undefined;
  readonly purposes?: readonly Purpose[];
  readonly witnesses?: readonly WitnessEntry[];
  /** Members whose consent tokens providers accept: the portals. */
  readonly consentIssuers?: readonly MemberId[];
  /** Kinds of requests that are approved without a registrar; announcements and retired gateways unless told. */
  readonly byRule?: readonly RequestKind[];
  readonly logger?: { error(what: object, message: string): void };
  /** Seconds: re-issue (60), soft expiry (600), hard expiry (259,200 = 72 h). */
  readonly lifetime?: { readonly every?: number; readonly soft?: number; readonly hard?: number };
}

export interface MemberRegistration {
  readonly id: MemberId;
  readonly name: Localised;
  readonly subsystems: readonly { readonly code: string; readonly name: Localised }[];
}

/**
 * The one central party: registers who takes part, vouches for keys, and is in no call's path. What it does stands in its
 * log, in the transaction that does it.
 */
export interface Authority {
  readonly instance: string;
  /** What gateways are given at set-up, by a way that is trusted: the raw Ed25519 public key, base64url. */
  readonly anchor: string;
  /** Registers a member and its subsystems, or changes their names. Repeating it changes nothing. */
  registerMember(
    member: MemberRegistration,
  ): Promise<Result<{ member: string }, Refusal<"register-conflict" | "call-malformed">>>;
  /**
   * Takes over what the authority's file says of a member, once for each change of the file: it adds and renames, and
   * leaves alone what requests added meanwhile, so that a restart undoes no registrar's decision.
   */
  declareMember(
    member: MemberRegistration,
  ): Promise<Result<{ member: string }, Refusal<"register-conflict" | "call-malformed">>>;
  /** A one-time invitation for one gateway of a member, 14 days unless told. Only its digest is stored. */
  invite(
    member: MemberId,
    o?: { readonly by?: string; readonly days?: number },
  ): Promise<Result<Invitation, Refusal<"unknown-member">>>;
  invitations(): Promise<InvitationRow[]>;
  withdrawInvitation(id: string, by: string): Promise<Result<{ member: string }, Refusal<"invitation-unknown">>>;
  /** Enrols a gateway (invited, or approved by request) or takes its signed changes; issues a TLS certificate if asked. */
  admit(jws: string): Promise<Result<Admission, Refusal<"enrolment-refused">>>;
  /** Certifies a gateway's signing key for sealing evidence; as `issueSeal`. */
  seal(jws: string): Promise<Result<SealCredentials, Refusal<"enrolment-refused">>>;
  readonly membership: Membership;
  members(): Promise<RegisteredMember[]>;
  gateways(): Promise<GatewayRow[]>;
  /** Takes a gateway out of the configuration and revokes its keys. False when it is not in it. */
  retireGateway(path: string, by: string): Promise<boolean>;
  /** Makes or replaces a global group. Its members are registered members or subsystems, path form. */
  setGroup(
    group: GlobalGroup,
    by: string,
  ): Promise<Result<{ code: string }, Refusal<"register-conflict" | "call-malformed" | "unknown-member">>>;
  removeGroup(code: string, by: string): Promise<boolean>;
  groups(): Promise<GlobalGroup[]>;
  /** From the next issue on nothing signed by this key is accepted. */
  revokeKey(keyid: string, reason: string, by?: string): Promise<{ version: number }>;
  setWitnesses(witnesses: readonly WitnessEntry[]): Promise<{ version: number }>;
  /** The newest root, whose keys sign; and the documents that lead from the anchor to it. */
  root(): Promise<{ readonly trusted: TrustedRoot; readonly documents: readonly SignedRoot[] }>;
  /** The next root as planned, signed by those of its keys that lie in this authority's folder. */
  proposeRoot(plan: RootPlan): Promise<SignedRoot>;
  /** Installs a root that enough keys of the old and of the new one have signed. */
  installRoot(document: JsonValue, by: string): Promise<Result<{ version: number }, Refusal<"root-refused">>>;
  /** New keys for all roles whose keys lie here. Refused where the root's keys are kept offline. */
  rollKey(by: string): Promise<Result<{ version: number }, Refusal<"root-refused">>>;
  /** A new certificate authority: trusted from now on, issuing once every gateway can have heard of it. */
  rollCertificateAuthority(by: string): Promise<{ readonly issuesFrom: Date }>;
  /** The versions at which something changed, newest first. */
  versions(limit: number): Promise<IssuedRow[]>;
  /** What a version that is still kept said. */
  version(version: number): Promise<ConfigurationBody | undefined>;
  /** Issues the next version now. */
  issue(): Promise<{ version: number }>;
  /** The newest signed configuration, as text. */
  current(): string;
  close(): Promise<void>;
}

export interface Invitation {
  readonly invitation: string;
  readonly id: string;
  readonly expires: Date;
}

export interface Admission {
  readonly gateway: string;
  readonly certificate?: string;
  readonly version: number;
}
