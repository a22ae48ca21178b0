import type { KeyObject } from "node:crypto";
import { err, ok, type Clock, type Refusal, type Result } from "#kernel";
import { entryInstant, type Log } from "#ledger";
import type { Database, Sql } from "#store";
import { recordAct } from "../acts/store.ts";
import { readJws, statementDigest, type ReadJws } from "../authority/statement.ts";
import * as register from "../authority/store.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { identifierPath, memberOf, parseClientPath, parseServerPath } from "../r1/identifier.ts";
import { applyRequest, type ApplyFault, type Register } from "./apply.ts";
import {
  questionSchema,
  questionType,
  requestSchema,
  requestType,
  type MembershipQuestion,
  type MembershipRequest,
  type RequestContent,
  type RequestKind,
} from "./request.ts";
import * as store from "./store.ts";
import type { RequestRow, RequestState, RequestsPage } from "./store.ts";

/** What the authority answers to a gateway that asks how its requests stand. */
export interface MembershipAnswer {
  readonly requests: readonly {
    readonly id: string;
    readonly kind: RequestKind;
    readonly content: RequestContent;
    readonly askedAt: string;
    readonly state: RequestState;
    readonly decidedAt: string | null;
    readonly reason: string | null;
  }[];
  /** Rights that others ask of this member and that it has not answered. */
  readonly rights: readonly AskedRight[];
}

/** A right that another member asks for, as the authority carries it. */
export interface AskedRight {
  readonly id: string;
  /** Path form of who asks. */
  readonly from: string;
  readonly askedAt: string;
  readonly content: Extract<RequestContent, { kind: "right.ask" }>;
}

type RequestRefusal = Refusal<"request-refused">;
export type DecisionRefusal = Refusal<"request-unknown" | "request-decided" | ApplyFault>;

/** Requests at the authority: taken signed, decided by a named registrar or by the published rule, and logged. */
export interface Membership {
  /** @param caller the network that it comes from, when that is known */
  take(
    jws: string,
    caller?: string,
  ): Promise<Result<{ readonly id: string; readonly state: RequestState }, RequestRefusal>>;
  answer(jws: string): Promise<Result<MembershipAnswer, RequestRefusal>>;
  list(o?: { state?: RequestState | undefined; before?: string | undefined; limit?: number }): Promise<RequestRow[]>;
  /** One page of those that wait or were decided. */
  find(o: RequestsPage): Promise<{ readonly rows: readonly RequestRow[]; readonly found: number }>;
  request(id: string): Promise<RequestRow | undefined>;
  /** Carries out what is approved and issues the version that shows it, in one transaction with the decision. */
  decide(o: {
    readonly id: string;
    readonly decision: "approved" | "rejected";
    /** The registrar's name; `rule` for what needs none. */
    readonly by: string;
    /** Needed to reject: what the agency reads. */
    readonly reason?: string | undefined;
  }): Promise<Result<{ readonly id: string; readonly state: RequestState }, DecisionRefusal>>;
}

export interface MembershipContext {
  readonly database: Database;
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly register: Register;
  /** Kinds that need no registrar. */
  readonly byRule: readonly RequestKind[];
  readonly registeredKey: (gateway: string) => Promise<KeyObject | undefined>;
  /** Changes the register and issues, both or neither. */
  changing<Value>(work: (tx: Sql) => Promise<Value>): Promise<{ value: Value; version: number }>;
}

/** How many undecided requests one member may have, and all agencies together that are no members yet. */
const mostOfMember = 50;
const mostOfStrangers = 200;
/** Of these, how many from one network: else one machine could keep every agency out. */
const mostOfNetwork = 10;

class NotDecided extends Error {
  readonly code: DecisionRefusal["code"];
  constructor(code: DecisionRefusal["code"]) {
    super(code);
    this.code = code;
  }
}

export function openMembership(o: MembershipContext): Membership {
  const refused = (reason: string): { readonly ok: false; readonly error: RequestRefusal } =>
    err({ code: "request-refused", params: { reason } });

  /** What both texts have in common: signature, instance, time, a gateway's name. */
  async function read<Content extends MembershipRequest | MembershipQuestion>(
    text: Promise<Result<ReadJws<Content>, Refusal<"enrolment-refused">>>,
  ): Promise<Result<ReadJws<Content> & { readonly member: string; readonly keyid: string }, RequestRefusal>> {
    const said = await text;
    if (!said.ok) return err({ ...said.error, code: "request-refused" });
    const { statement } = said.value;
    if (statement.instance !== o.instance) return refused("instance");
    if (Math.abs(Date.parse(statement.issuedAt) - o.clock.now().getTime()) > 300_000) return refused("clock");
    const id = parseServerPath(statement.gateway);
    if (!id.ok || identifierPath(id.value) !== statement.gateway || id.value.instance !== o.instance)
      return refused("gateway");
    const keyid = jwkThumbprint(statement.signingKey);
    return ok({ ...said.value, member: identifierPath(memberOf(id.value)), keyid });
  }

  const decide: Membership["decide"] = async ({ id, decision, by, reason }) => {
    if (decision === "rejected" && !reason?.trim()) return err({ code: "request-refused", params: { reason: "why" } });
    const now = o.clock.now();
    const work = async (tx: Sql): Promise<RequestRow> => {
      const decided = await store.decideRequest(tx, { id, state: decision, by, reason, now });
      if (!decided) throw new NotDecided((await store.requestRow(tx, id)) ? "request-decided" : "request-unknown");
      const fault = decision === "approved" ? await applyRequest(tx, o.register, decided) : undefined;
      if (fault) throw new NotDecided(fault);
      await writeDecision(tx, decided, by);
      return decided;
    };
    const done = await o.changing(work).catch((fault: unknown) => {
      if (fault instanceof NotDecided) return fault;
      throw fault;
    });
    if (done instanceof NotDecided) return err({ code: done.code });
    return ok({ id, state: decision });
  };

  async function writeDecision(tx: Sql, decided: RequestRow, by: string): Promise<void> {
    const { id, member, kind, digest, state, reason } = decided;
    const now = o.clock.now();
    const decision = state === "approved" ? "approved" : "rejected";
    const at = entryInstant(now);
    await o.log.append(tx, { v: 1, t: "request.decided", at, member, kind, decision, dig: digest });
    const detail = { id, kind, ...(reason ? { reason } : {}) };
    await recordAct(tx, { by, act: `request.${decision}`, about: member, detail, now });
  }

  return {
    decide,
    list: (asked) => store.requestRows(o.database, asked),
    find: (asked) => store.findRequests(o.database, asked),
    request: (id) => store.requestRow(o.database, id),
    async take(jws, caller) {
      const said = await read(readJws(jws, requestType, requestSchema, o.registeredKey));
      if (!said.ok) return said;
      const { statement, signedBy, member, keyid } = said.value;
      const { content, gateway, id } = statement;
      const now = o.clock.now();
      const digest = statementDigest(jws).toString("base64url");
      const kept = await o.database.transaction(async (tx) => {
        const before = await store.requestRow(tx, id);
        if (before) return before.digest === digest ? before : "id-used";
        if ((signedBy === "itself") !== (content.kind === "member.join")) return "signature-or-format";
        if ((await register.revokedKeys(tx)).includes(keyid)) return "key-revoked";
        const fault = await faultIn(tx, content, member);
        if (fault) return fault;
        const isStranger = content.kind === "member.join";
        const few = isStranger
          ? (await store.pendingCount(tx, "strangers")) < mostOfStrangers
          : (await store.pendingCount(tx, { member })) < mostOfMember;
        if (!few) return "too-many";
        if (isStranger && caller && (await store.pendingCount(tx, { caller })) >= mostOfNetwork)
          return "too-many-from-here";
        await store.putRequest(tx, {
          id,
          kind: content.kind,
          member,
          gateway,
          keyid,
          content,
          digest,
          jws,
          caller: isStranger ? caller : undefined,
          now,
        });
        await recordAct(tx, {
          by: gateway,
          act: "request.taken",
          about: member,
          detail: { id, kind: content.kind },
          now,
        });
        return store.requestRow(tx, id);
      });
      if (typeof kept === "string" || kept === undefined) return refused(kept ?? "id-used");
      if (kept.state !== "pending" || !o.byRule.includes(content.kind)) return ok({ id, state: kept.state });
      // What the rule cannot carry out waits for a registrar.
      const decided = await decide({ id, decision: "approved", by: "rule" });
      return ok({ id, state: decided.ok ? decided.value.state : "pending" });
    },
    async answer(jws) {
      const said = await read(readJws(jws, questionType, questionSchema, o.registeredKey));
      if (!said.ok) return said;
      const { statement, signedBy, member, keyid } = said.value;
      const known = signedBy === "registered";
      if (known) await takeAnswers(statement, member);
      const rows = await store.requestsOf(o.database, known ? { member } : { keyid });
      const rights = known ? await store.rightsAskedOf(o.database, member) : [];
      return ok({
        requests: rows.map((row) => ({
          id: row.id,
          kind: row.kind,
          content: row.content,
          askedAt: row.asked_at.toISOString(),
          state: row.state,
          decidedAt: row.decided_at?.toISOString() ?? null,
          reason: row.reason,
        })),
        rights: rights.flatMap((row) =>
          row.content.kind === "right.ask"
            ? [{ id: row.id, from: row.member, askedAt: row.asked_at.toISOString(), content: row.content }]
            : [],
        ),
      });
    },
  };

  /** What a provider says about rights that were asked of it: that it has them, and what it decided. */
  async function takeAnswers(statement: MembershipQuestion, member: string): Promise<void> {
    if (statement.taken.length === 0 && statement.answered.length === 0) return;
    const now = o.clock.now();
    await o.database.transaction(async (tx) => {
      const own = new Set((await store.rightsAskedOf(tx, member)).map((row) => row.id));
      await store.markDelivered(
        tx,
        [...statement.taken].filter((id) => own.has(id)),
        now,
      );
      for (const { id, decision, reason } of statement.answered) {
        if (!own.has(id)) continue;
        const decided = await store.decideRequest(tx, { id, state: decision, by: member, reason, now });
        if (decided) await writeDecision(tx, decided, statement.gateway);
      }
    });
  }

  /** Why a request is not even listed: it names what is not there, or what is not the sender's. */
  async function faultIn(tx: Sql, content: RequestContent, member: string): Promise<string | undefined> {
    const own = await register.memberRow(tx, member);
    if (content.kind === "member.join") return own ? "already-member" : undefined;
    if (!own) return "member";
    if (content.kind === "service.announce")
      return own.subsystems.some((one) => one.code === content.subsystem) ? undefined : "subsystem";
    if (content.kind !== "right.ask") return undefined;
    const [client, provider] = [parseClientPath(content.client), parseClientPath(content.provider)];
    if (!client.ok || identifierPath(memberOf(client.value)) !== member) return "client";
    if (!provider.ok || provider.value.subsystemCode === undefined) return "provider";
    // On its own services a member decides by itself, with two people of its own.
    if (identifierPath(memberOf(provider.value)) === member) return "own";
    const { subsystemCode } = provider.value;
    const offering = await register.memberRow(tx, identifierPath(memberOf(provider.value)));
    return offering?.subsystems.some((one) => one.code === subsystemCode) ? undefined : "provider";
  }
}
