import { createHash, randomBytes } from "node:crypto";
import { canonicalJson, err, ok, toBase64Url, uuidV7, type Clock, type Refusal, type Result } from "#kernel";
import { commitSync as commit, type About, type Log } from "#ledger";
import type { Database, Sql } from "#store";
import type { ConsentProblem } from "./problems.ts";
import { agreementHash, consentRecord, type Agreement } from "./record.ts";
import { consentById, insertConsent, type StoredConsent } from "./store.ts";

export interface ConsentContext {
  readonly database: Database;
  readonly clock: Clock;
  /** Path form of the portal operator's member, who keeps the records. */
  readonly member: string;
  /** The log of the portal's operator. */
  readonly log: Log;
  /** Signs canonical bytes with the operator's key; answers a compact JWS. */
  readonly sign: (payload: Uint8Array) => Promise<string>;
  /** Public address of the portal, without a trailing slash. */
  readonly portal: string;
}

const fetchWindowMs = 60 * 60 * 1000;

/**
 * Records that a person agreed: a signed record, and in the same transaction its entry in the log, which holds salted
 * commitments only. Nothing may be fetched before this has been answered.
 */
export async function giveConsent(
  context: ConsentContext,
  input: { agreement: Agreement; person: string; givenBy: string; caseId: string; method: string },
  alongside?: (tx: Sql, consent: StoredConsent) => Promise<unknown>,
): Promise<StoredConsent> {
  const at = context.clock.now();
  const id = uuidV7(at);
  const document = consentRecord({ id, ...input, state: "given", at, portal: context.portal });
  const payload = new TextEncoder().encode(canonicalJson(document));
  const consent: StoredConsent = {
    id,
    version: 1,
    person: input.person,
    givenBy: input.givenBy,
    caseId: input.caseId,
    agreement: input.agreement.id,
    agreementHash: agreementHash(input.agreement),
    purpose: input.agreement.purpose.code,
    basis: input.agreement.legalBasis.code,
    state: "given",
    expiresAt: new Date(at.getTime() + fetchWindowMs),
    document,
    signature: await context.sign(payload),
    digest: createHash("sha256").update(payload).digest(),
    salt: randomBytes(32),
    at,
  };
  await context.database.transaction(async (tx) => {
    await insertConsent(tx, consent);
    await logConsent(context, tx, consent);
    await alongside?.(tx, consent);
  });
  return consent;
}

/** Ends a consent: from now on no call under it is made, and none that providers would answer. */
export async function withdrawConsent(
  context: ConsentContext,
  input: { id: string; by: string },
): Promise<Result<StoredConsent, Refusal<ConsentProblem>>> {
  return context.database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [input.id]);
    const given = await consentById(tx, input.id);
    if (!given || (given.person !== input.by && given.givenBy !== input.by)) return err({ code: "consent-unknown" });
    if (given.state === "withdrawn") return ok(given);
    const at = context.clock.now();
    const before = given.document as { [member: string]: never };
    const document = {
      ...before,
      "dct:replaces": `${given.id}#${given.version}`,
      "dpv:hasConsentStatus": [
        {
          "@type": ["dpv:ConsentWithdrawn"],
          "dpv:isIndicatedAtTime": at.toISOString(),
          "dpv:isIndicatedBy": { "@id": `urn:uuid:${input.by}` },
        },
      ],
    };
    const payload = new TextEncoder().encode(canonicalJson(document));
    const consent: StoredConsent = {
      ...given,
      version: given.version + 1,
      state: "withdrawn",
      document,
      signature: await context.sign(payload),
      digest: createHash("sha256").update(payload).digest(),
      salt: randomBytes(32),
      at,
    };
    await insertConsent(tx, consent);
    await logConsent(context, tx, consent);
    return ok(consent);
  });
}

/** Whether calls may still be made under a consent, and why not. */
export function consentCovers(
  consent: StoredConsent | undefined,
  person: string,
  now: Date,
): Result<StoredConsent, Refusal<ConsentProblem>> {
  if (!consent || consent.person !== person) return err({ code: "consent-unknown" });
  return consent.state === "given" && now < consent.expiresAt ? ok(consent) : err({ code: "consent-ended" });
}

async function logConsent(context: ConsentContext, tx: Sql, consent: StoredConsent): Promise<void> {
  const con = commit(toBase64Url(consent.digest), consent.salt);
  const { sub, label } = await context.log.trace(tx, personActs(context.member, consent.person), con);
  await context.log.append(
    tx,
    {
      v: 1,
      t: consent.state === "given" ? "consent.granted" : "consent.withdrawn",
      at: `${consent.at.toISOString().slice(0, 19)}Z`,
      member: context.member,
      sub,
      con,
      purpose: consent.purpose,
      basis: consent.basis,
    },
    { label },
  );
}

/** A person's list in the log of the portal's operator: agreements, and the steps of cases. */
export function personActs(member: string, person: string): About {
  return { subject: person, topic: `acts:${member}` };
}
