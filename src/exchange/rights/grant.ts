import { canonicalJson, err, ok, uuidV7, type Clock, type JsonValue, type Refusal, type Result } from "#kernel";
import { commitSync, entryInstant, type Log, type RightChanged } from "#ledger";
import type { Database, Sql } from "#store";
import { freshSalt } from "../gateway/evidence.ts";
import { changeRightState, changeRightTerms, lockRight, putRight, putRightChange, rightsOn } from "../gateway/store.ts";
import { identifierPath, type ClientId, type MemberId } from "../r1/identifier.ts";
import type { AccessRight } from "./rights.ts";

/** A right to give. Dates default to now and two years; five years are the longest. */
export interface RightGrant {
  /** Code of the own subsystem that provides the service. */
  readonly subsystem: string;
  readonly serviceCode: string;
  readonly subject: ClientId;
  /** `*` unless told. */
  readonly method?: string;
  /** `/**` unless told. */
  readonly pathGlob?: string;
  readonly purposes?: readonly string[];
  readonly legalBases?: readonly string[];
  readonly consent?: "none" | "required";
  readonly fields?: readonly string[];
  readonly validFrom?: Date;
  readonly validUntil?: Date;
}

/** What of a right may change while it stands; anything else is another right. */
export type RightTerms = Partial<Pick<AccessRight, "purposes" | "legalBases" | "consent" | "fields" | "validUntil">>;

/** The rights a provider's gateway keeps on its own services. Every change is an entry of its log. */
export interface Rights {
  /** Gives a right. An active one that says the same is answered instead of a second being made. */
  grant(grant: RightGrant): Promise<Result<AccessRight, Refusal<"call-malformed">>>;
  /** Changes what a standing right says; members left out stay. Saying what it says already changes nothing. */
  change(
    id: string,
    terms: RightTerms,
  ): Promise<Result<{ id: string; version: number }, Refusal<"access-denied" | "call-malformed">>>;
  /** Takes effect with the next call. */
  revoke(id: string): Promise<Result<{ id: string; version: number }, Refusal<"access-denied">>>;
  suspend(id: string): Promise<Result<{ id: string; version: number }, Refusal<"access-denied">>>;
  resume(id: string): Promise<Result<{ id: string; version: number }, Refusal<"access-denied">>>;
  list(subsystem: string, serviceCode?: string): Promise<AccessRight[]>;
}

const year = 365.25 * 24 * 3600 * 1000;

export function openRights(o: { database: Database; log: Log; clock: Clock; member: MemberId }): Rights {
  const memberPath = identifierPath(o.member);
  const providerOf = (subsystem: string): string => identifierPath({ ...o.member, subsystemCode: subsystem });

  /** Writes a change into the history and into the log, in the transaction that makes it. */
  async function changed(tx: Sql, right: AccessRight, change: RightChanged["change"]): Promise<void> {
    const at = o.clock.now();
    const salt = freshSalt();
    const record = canonicalJson(outerForm(right));
    const logEntry = await o.log.append(tx, {
      v: 1,
      t: "right.changed",
      at: entryInstant(at),
      member: memberPath,
      peer: right.subject,
      service: identifierPath({ ...o.member, subsystemCode: subsystemIn(right), serviceCode: right.serviceCode }),
      change,
      rec: commitSync(record, Buffer.from(salt, "base64url")),
    });
    await putRightChange(tx, { right, at, change, record, salt, logEntry });
  }

  async function setState(id: string, state: AccessRight["state"], change: RightChanged["change"]) {
    return o.database.transaction(async (tx) => {
      const right = await changeRightState(tx, id, state, o.clock.now());
      if (!right) return err({ code: "access-denied", params: { reason: "no-such-right" } } as const);
      await changed(tx, right, change);
      return ok({ id, version: right.version });
    });
  }

  return {
    async grant(grant) {
      const now = o.clock.now();
      const validFrom = grant.validFrom ?? now;
      const validUntil = grant.validUntil ?? new Date(now.getTime() + 2 * year);
      if (!datesHold({ validFrom, validUntil })) return err({ code: "call-malformed", params: { reason: "dates" } });
      const right: AccessRight = {
        id: uuidV7(now),
        version: 1,
        provider: providerOf(grant.subsystem),
        serviceCode: grant.serviceCode,
        subject: identifierPath(grant.subject),
        method: grant.method ?? "*",
        pathGlob: grant.pathGlob ?? "/**",
        purposes: grant.purposes ?? [],
        legalBases: grant.legalBases ?? [],
        consent: grant.consent ?? "none",
        fields: grant.fields ?? null,
        validFrom,
        validUntil,
        state: "active",
      };
      const there = (await rightsOn(o.database, right.provider, right.serviceCode)).find(
        (one) => one.state === "active" && one.validUntil > now && saying(one) === saying(right),
      );
      if (there) return ok(there);
      await o.database.transaction(async (tx) => {
        await putRight(tx, right, now);
        await changed(tx, right, "granted");
      });
      return ok(right);
    },
    change: (id, terms) =>
      o.database.transaction(async (tx) => {
        const before = await lockRight(tx, id);
        if (!before || before.state === "revoked") {
          return err({ code: "access-denied", params: { reason: "no-such-right" } } as const);
        }
        const right = { ...before, ...terms, version: before.version + 1 };
        if (!datesHold(right)) return err({ code: "call-malformed", params: { reason: "dates" } } as const);
        const same = saying(right) === saying(before) && right.validUntil.getTime() === before.validUntil.getTime();
        if (same) return ok({ id, version: before.version });
        await changeRightTerms(tx, right, o.clock.now());
        await changed(tx, right, "changed");
        return ok({ id, version: right.version });
      }),
    revoke: (id) => setState(id, "revoked", "revoked"),
    suspend: (id) => setState(id, "suspended", "suspended"),
    resume: (id) => setState(id, "active", "resumed"),
    list: (subsystem, serviceCode) => rightsOn(o.database, providerOf(subsystem), serviceCode),
  };
}

function datesHold({ validFrom, validUntil }: Pick<AccessRight, "validFrom" | "validUntil">): boolean {
  return validUntil > validFrom && validUntil.getTime() <= validFrom.getTime() + 5 * year + 1;
}

/** A right as JSON: dates as RFC 3339. */
function outerForm(right: AccessRight): Readonly<Record<string, JsonValue>> {
  return { ...right, validFrom: right.validFrom.toISOString(), validUntil: right.validUntil.toISOString() };
}

function subsystemIn(right: AccessRight): string {
  return decodeURIComponent(right.provider.split("/")[3] ?? "");
}

/** What a right says, apart from its id and dates. */
function saying(right: AccessRight): string {
  const { subject, method, pathGlob, purposes, legalBases, consent, fields } = right;
  return canonicalJson({ subject, method, pathGlob, purposes, legalBases, consent, fields });
}
