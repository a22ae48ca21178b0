import type { Clock, Localised, Refusal, Result } from "#kernel";
import type { Log, TimeStampAuthority } from "#ledger";
import type { Database } from "#store";
import type { PublicJwk } from "../authority/statement.ts";
import type { Purpose, RegisteredLog, RegisteredMember } from "../configuration/configuration.ts";
import type { ConfigurationStatus } from "../configuration/follow.ts";
import type { EventDesk } from "../events/desk.ts";
import type { EventsOptions } from "../events/open-events.ts";
import type { EvidenceDesk } from "../evidence-export/evidence-desk.ts";
import type { KeepRule } from "../evidence-export/keep.ts";
import type { OwnMembership } from "../membership/own-membership.ts";
import type { Operation } from "../operation/operation.ts";
import type { ExchangeProblem } from "../problems.ts";
import type { MemberId } from "../r1/identifier.ts";
import type { Rights } from "../rights/open-rights.ts";
import type { ClientSettings, R1Options } from "./agency-side.ts";
import type { GatewayLogger } from "./context.ts";
import type { Forgotten } from "./forget.ts";
import type { ProcessLease } from "./process-lease.ts";
import type { Registration } from "./registration.ts";
import type { ServiceDeclaration } from "./services.ts";
import type { EvidenceRow } from "./store.ts";
import type { NormalSubject } from "./subject.ts";

export interface GatewayOptions {
  readonly database: Database;
  readonly keysFolder: string;
  readonly member: MemberId;
  /** Names this gateway among the member's; part of its id and of its rows. */
  readonly serverCode: string;
  /** Codes of the own subsystems that call and answer here; the authority must have registered them. */
  readonly subsystems: readonly string[];
  /** Names of those that may not be registered yet; the invitation vouches for them. */
  readonly subsystemNames?: Readonly<Record<string, Localised>> | undefined;
  readonly authorityUrl: string;
  /** The authority's public key, learnt by a trusted way: raw Ed25519, base64url. */
  readonly authorityAnchor: string;
  /** Further addresses of the configuration: mirrors, other gateways' public sides. What they send proves itself. */
  readonly authorityMirrors?: readonly string[] | undefined;
  /** The newest root that whoever handed out the anchor had seen: an invitation names it. */
  readonly authorityRoot?: { readonly version: number; readonly digest: string } | undefined;
  /** The invitation of the authority; needed at the first start only. */
  readonly enrolmentToken?: string;
  /** This member's log, in the same database. */
  readonly log: Log;
  readonly clock: Clock;
  /** `names`: host names, without port, under which the agency's systems call; addresses and `localhost` need no listing. */
  readonly agency: {
    readonly host: string;
    readonly port: number;
    readonly names?: readonly string[];
    /** A second listener, for systems that connect by TLS; key and certificate in PEM. */
    readonly tls?:
      | { readonly host: string; readonly port: number; readonly key: string; readonly cert: string }
      | undefined;
  };
  /** How errors of r1 are worded. */
  readonly r1?: R1Options | undefined;
  /** By code of an own subsystem: how its systems connect and how they are answered. */
  readonly clients?: Readonly<Record<string, ClientSettings>> | undefined;
  /** `publicAddress` (`host:port`) is how peers reach it and what signatures bind to. */
  readonly peer: { readonly host: string; readonly port: number; readonly publicAddress: string };
  /**
   * Further processes listen on the same addresses, and the system hands out connections among them; where it can not
   * (not on Linux), `node:cluster` does.
   */
  readonly sharesAddresses?: boolean;
  readonly services: readonly ServiceDeclaration[];
  /** Own subsystems that are rooms for events, and how events are kept. */
  readonly events?: EventsOptions | undefined;
  /**
   * The country's one spelling of a person's identifier; nothing for a text that is none. Calls about people are refused
   * in any other spelling, or a reading would stand on a list that its person never finds. `plainSubject` unless told.
   */
  readonly normalSubject?: NormalSubject | undefined;
  /** What is kept of messages for evidence, by the service called; a service's own policy goes before. Nothing unless told. */
  readonly keepMessages?: readonly KeepRule[] | undefined;
  /** Who stamps seals of exported evidence; nobody unless told. */
  readonly timeStamps?: TimeStampAuthority | undefined;
  /** Further logs of this member, for example a portal's: witnesses follow what the configuration lists. */
  readonly announcedLogs?: readonly RegisteredLog[];
  /** Where the public reads the own log's files; the configuration tells everybody. */
  readonly logUrl?: string | undefined;
  /** Public keys with which another system of this member signs consent tokens (a portal's). */
  readonly consentKeys?: readonly PublicJwk[];
  /** Base of the problem pages' addresses; empty gives `/problems/…`. */
  readonly problemBase?: string;
  /** Bytes that a body may have; as many as the disk holds unless told. */
  readonly maxBody?: number | undefined;
  /** Where bodies above 1 MiB lie while they pass; `spool` in the keys folder unless told. */
  readonly spoolFolder?: string | undefined;
  /** Seconds between looks at the authority's configuration; 60 unless told. */
  readonly pollSeconds?: number;
  readonly logger?: GatewayLogger;
}

/** An agency's gateway: speaks r1 to the agency's own systems and signed messages to other gateways. */
export interface Gateway {
  /** `TW/GOV/code/serverCode`. */
  readonly id: string;
  readonly rights: Rights;
  readonly operation: Operation;
  /** Evidence of single exchanges, to hand to others. */
  readonly exports: EvidenceDesk;
  /** Where this gateway keeps events. */
  readonly events: EventDesk | undefined;
  /** Opens both sides. @throws `EADDRINUSE` as node gives it */
  listen(): Promise<{
    readonly agencyUrl: string;
    readonly agencyTlsUrl: string | undefined;
    readonly peerAddress: string;
  }>;
  /** Both sides' evidence rows of one exchange that this gateway took part in. */
  evidence(exchangeId: string): Promise<EvidenceRow[]>;
  /** Forgets a person at this gateway; as `forgetSubject`, which says what that reaches and what not. */
  forget(subject: string, basis: string): Promise<Result<Forgotten, Refusal<ExchangeProblem>>>;
  configuration(): ConfigurationStatus;
  /** The configuration this gateway holds, as it was signed: whoever cannot reach the authority may take it from here. */
  signedConfiguration(): string | undefined;
  /** What this gateway asks of the authority, and what others ask of it through the authority. */
  readonly membership: OwnMembership;
  /** Certificate and keys as registered. */
  readonly registration: Pick<Registration, "certificate" | "keyid" | "check">;
  /** Rolls the signing key, on behalf of an operator. */
  rollKey(by: string): Promise<Result<{ readonly keyid: string }, Refusal<ExchangeProblem>>>;
  /** What the configuration says of this gateway's member. */
  registeredMember(): RegisteredMember | undefined;
  /** Purposes and laws that the country's configuration lists; none while there is no configuration. */
  purposes(): readonly Purpose[];
  /** Looks at the authority's configuration now. */
  refresh(): Promise<boolean>;
  /** Has one of this member's gateway processes at a time do a piece of work, this one or another. */
  readonly lead: ProcessLease["lead"];
  /**
   * Publishes these services instead of those it was opened with, without a stop.
   * @returns the path form of all that is published now
   * @throws `service-declaration`; then nothing has changed
   */
  publish(services: readonly ServiceDeclaration[]): Promise<readonly string[]>;
  close(): Promise<void>;
}
