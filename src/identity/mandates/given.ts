import { createHash } from "node:crypto";
import { canonicalJson, err, isUuid, ok, toHex, uuidV7, type JsonValue, type Refusal, type Result } from "#kernel";
import type { Sql } from "#store";
import type { Mandate, Session } from "../contract.ts";
import { eventAt } from "../event.ts";
import type { Identity } from "../identity.ts";
import { logGiven } from "../log-act.ts";
import { mandateAllows } from "../mandate.ts";
import { homeIdentity, nationalIdOf, normaliseIdentity, organisationOf } from "../person.ts";
import { refuse } from "../problems.ts";
import { finishSignature, prepareSignature, type SignaturePrepared, type SignatureRefusal } from "../sign.ts";
import { identityStore } from "../store.ts";
import { mandateStore, type MandateRow, type MandateStepName } from "./store.ts";

/** Longer than this no mandate lasts … */
const longestMs = 2 * 366 * 86_400_000;
/** … and so often its giver has to say that it stands. */
const confirmEveryMs = 366 * 86_400_000;
/** More unanswered ones than this nobody may have: a way to trouble strangers otherwise. */
const mostWaiting = 20;

/** What a mandate is to say. */
export interface MandateWish {
  readonly kind: MandateRow["kind"];
  /** Who is to act: number and name as the giver wrote them. */
  readonly representative: { readonly nationalId: string; readonly name: string };
  /** `<service>:<action>`, at least one, none with `*`. */
  readonly scopes: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** A given mandate, for those whom it concerns. */
export interface GivenMandate {
  readonly id: string;
  readonly kind: MandateRow["kind"];
  readonly principal: { readonly id: string; readonly name: string };
  readonly giver: { readonly id: string; readonly name: string };
  /** `id` once they accepted. */
  readonly representative: { readonly id?: string; readonly name: string };
  readonly scopes: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly confirmBy?: Date;
  /** `expired` and `unconfirmed` follow from the time, `ended` from what became of the one in whose name it is. */
  readonly state: MandateRow["status"] | "expired" | "unconfirmed" | "ended";
  /** The giver's signature: a JAdES document over what the mandate says. */
  readonly signature: string;
  readonly proposedAt: Date;
}

/** Media type of what a giver signs. */
export const mandateType = "application/vnd.taroko.mandate+json";

export type MandateRefusal = Refusal<
  "mandate-terms" | "mandate-not-yours-to-give" | "mandate-unknown" | "mandate-wrong-state" | "mandates-waiting"
>;

/**
 * First step of giving a mandate: checks the wish and fixes the bytes that the giver's card signs. One gives for oneself,
 * or as an officer of a company for the company; what one was given oneself cannot be passed on.
 */
export async function prepareMandate(
  identity: Identity,
  session: Session,
  wish: MandateWish,
): Promise<Result<SignaturePrepared, MandateRefusal | SignatureRefusal>> {
  const at = identity.clock.now();
  const principal = giverFor(session, wish.kind, at);
  if (!principal) return err(refuse("mandate-not-yours-to-give"));
  const index = indexOf(identity, wish.representative.nationalId);
  const store = mandateStore(identity.database);
  const why = flawOf(wish, { at, toSelf: (await store.indexOf(session.person.id))?.equals(index) ?? false });
  if (why) return err(refuse("mandate-terms", undefined, { why }));
  if ((await store.waiting(session.person.id)) >= mostWaiting) return err(refuse("mandates-waiting"));
  const payload: JsonValue = {
    v: 1,
    kind: wish.kind,
    principal: principal.id,
    givenBy: session.person.id,
    // The number itself is in no table; its keyed hash binds the mandate to one person all the same.
    representative: { name: wish.representative.name.trim(), index: toHex(index) },
    scopes: [...new Set(wish.scopes)].toSorted((a, b) => (a < b ? -1 : 1)),
    validFrom: wish.validFrom.toISOString(),
    validTo: wish.validTo.toISOString(),
  };
  return prepareSignature(identity, session, { payload, contentType: mandateType });
}

/** Second step: takes the card's signature and proposes the mandate to the one who is to act. */
export async function giveMandate(
  identity: Identity,
  session: Session,
  answer: { readonly id: string; readonly signature: string; readonly certificate?: string },
): Promise<Result<GivenMandate, MandateRefusal | SignatureRefusal>> {
  const signed = await finishSignature(identity, session, answer);
  if (!signed.ok) return signed;
  const said = mandateIn(signed.value.jws);
  if (!said) return err(refuse("mandate-terms", "another document was signed", { why: "document" }));
  const at = identity.clock.now();
  // The session may have changed for whom it acts since the bytes were fixed.
  if (giverFor(session, said.kind, at)?.id !== said.principal || said.givenBy !== session.person.id)
    return err(refuse("mandate-not-yours-to-give"));
  const id = uuidV7(at);
  await identity.database.transaction(async (tx) => {
    await mandateStore(tx).put({
      id,
      kind: said.kind,
      principal_id: said.principal,
      given_by: session.person.id,
      representative_index: Buffer.from(said.representative.index, "hex"),
      representative_name: said.representative.name,
      scopes: said.scopes,
      valid_from: new Date(said.validFrom),
      valid_to: new Date(said.validTo),
      signature: signed.value.jws,
      proposed_at: at,
    });
    await note(identity, tx, session, (await mandateStore(tx).mandate(id))!, "given");
  });
  return ok(given((await mandateStore(identity.database).mandate(id))!, at));
}

/**
 * What those whom it concerns may do with a mandate: the one who is to act accepts, declines, or later resigns; the one
 * in whose name it is suspends, resumes, confirms or revokes it, for a company those who are its officers now. Ending it ends
 * every session that acts under it, at once.
 */
export async function changeMandate(
  identity: Identity,
  session: Session,
  id: string,
  what: Exclude<MandateStepName, "given">,
): Promise<Result<GivenMandate, MandateRefusal>> {
  if (!isUuid(id)) return err(refuse("mandate-unknown"));
  const at = identity.clock.now();
  return identity.database.transaction(async (tx) => {
    const store = mandateStore(tx);
    const row = await store.lock(id);
    const side = row && (await sideOf(store, row, session));
    if (!row || !side) return err(refuse("mandate-unknown"));
    const rule = steps[what];
    if (!side.has(rule.by)) return err(refuse("mandate-unknown"));
    if (rule.appoints && !mayAppoint(row, session, at)) return err(refuse("mandate-not-yours-to-give"));
    const { state } = given(row, at);
    if (!rule.from.includes(state)) return err(refuse("mandate-wrong-state", undefined, { state }));
    const confirmBy = new Date(Math.min(at.getTime() + confirmEveryMs, row.valid_to.getTime()));
    await store.set(id, {
      status: rule.to,
      ...(what === "accepted" && { representative: session.person.id }),
      ...((what === "accepted" || what === "confirmed") && { confirmBy }),
    });
    if (rule.to !== "active") await store.stopActing(id, at);
    const after = (await store.mandate(id))!;
    await note(identity, tx, session, after, what);
    return ok(given(after, at));
  });
}

/** The mandates in a person's name, or in that of the organisation they act for. */
export async function mandatesGiven(identity: Identity, session: Session): Promise<GivenMandate[]> {
  const at = identity.clock.now();
  const store = mandateStore(identity.database);
  const principal = session.acting?.kind === "company-officer" ? session.acting.personId : session.person.id;
  return (await store.givenFor(principal, 200)).map((row) => given(row, at));
}

/** The mandates that a person was given, those they have not answered included. */
export async function mandatesReceived(identity: Identity, personId: string): Promise<GivenMandate[]> {
  const store = mandateStore(identity.database);
  const index = await store.indexOf(personId);
  const at = identity.clock.now();
  return index ? (await store.givenTo(index, 200)).map((row) => given(row, at)) : [];
}

/** One mandate with its steps, for those whom it concerns; nothing for anybody else. */
export async function mandateFor(
  identity: Identity,
  session: Session,
  id: string,
): Promise<
  | {
      readonly mandate: GivenMandate;
      readonly steps: readonly { readonly what: MandateStepName; readonly by: string; readonly at: Date }[];
      /** What the one who asks may do with it now. */
      readonly may: readonly Exclude<MandateStepName, "given">[];
    }
  | undefined
> {
  const store = mandateStore(identity.database);
  const row = isUuid(id) ? await store.mandate(id) : undefined;
  const side = row && (await sideOf(store, row, session));
  if (!row || !side || side.size === 0) return undefined;
  const at = identity.clock.now();
  const mandate = given(row, at);
  const appoints = mayAppoint(row, session, at);
  const names = Object.keys(steps) as (keyof typeof steps)[];
  return {
    mandate,
    steps: (await store.stepsOf([id])).map(({ what, by_name, at }) => ({ what, by: by_name, at })),
    may: names.filter((name) => {
      const { by, from, appoints: adds } = steps[name];
      return side.has(by) && from.includes(mandate.state) && (appoints || !adds);
    }),
  };
}

/** The mandates under which a person may act now, as `chooseParty` takes them. */
export async function mandatesInForce(identity: Identity, personId: string): Promise<Mandate[]> {
  const at = identity.clock.now();
  const rows = await mandateStore(identity.database).acceptedBy(personId);
  const received = rows
    .map((row) => given(row, at))
    .filter(({ state, validFrom }) => state === "active" && validFrom <= at);
  if (received.length === 0) return [];
  const representative = { nationalId: await nationalIdOf(identity, personId) };
  return Promise.all(
    received.map(async ({ id, kind, principal, scopes, validTo, confirmBy, proposedAt }) => ({
      kind,
      mandate: id,
      representative,
      principal: { ...(await numberOf(identity, principal.id)), name: principal.name },
      source: { service: "mandates", exchangeId: id, at: proposedAt.toISOString() },
      scopes,
      validTo: (confirmBy && confirmBy < validTo ? confirmBy : validTo).toISOString(),
    })),
  );
}

async function numberOf(identity: Identity, id: string): Promise<{ nationalId: string; organisation?: true }> {
  const organisation = await organisationOf(identity, id);
  return organisation === undefined
    ? { nationalId: await nationalIdOf(identity, id) }
    : { nationalId: organisation, organisation: true };
}

/** Who may take each step, from which states, and what the mandate then is. */
const steps: Readonly<
  Record<
    Exclude<MandateStepName, "given">,
    {
      readonly by: "giver" | "representative";
      readonly from: readonly GivenMandate["state"][];
      readonly to: MandateRow["status"];
      /** It lets somebody act who could not otherwise: for those who could give the mandate now. */
      readonly appoints?: true;
    }
  >
> = {
  accepted: { by: "representative", from: ["proposed"], to: "active" },
  declined: { by: "representative", from: ["proposed"], to: "declined" },
  resigned: { by: "representative", from: ["active", "suspended", "unconfirmed"], to: "revoked" },
  suspended: { by: "giver", from: ["active"], to: "suspended" },
  resumed: { by: "giver", from: ["suspended"], to: "active", appoints: true },
  confirmed: { by: "giver", from: ["active", "unconfirmed"], to: "active", appoints: true },
  revoked: { by: "giver", from: ["proposed", "active", "suspended", "unconfirmed"], to: "revoked" },
};

/**
 * For whom a session may give a mandate of a kind: for oneself, or for the company one is an officer of. An officer who signs
 * only together with another may not appoint anybody alone.
 */
function giverFor(
  { person, acting }: Session,
  kind: MandateRow["kind"],
  at: Date,
): { readonly id: string } | undefined {
  if (!acting) return kind === "employee" ? undefined : person;
  const appoints =
    acting.kind === "company-officer" && mandateAllows(acting, { service: "company", action: "appoint", at }).ok;
  return appoints ? { id: acting.personId } : undefined;
}

function mayAppoint(row: MandateRow, session: Session, at: Date): boolean {
  return row.principal_id === session.person.id || giverFor(session, row.kind, at)?.id === row.principal_id;
}

/** The giver's side is the one in whose name it is: who gave it for a company and is its officer no more has none. */
async function sideOf(
  store: ReturnType<typeof mandateStore>,
  row: MandateRow,
  session: Session,
): Promise<ReadonlySet<"giver" | "representative">> {
  const side = new Set<"giver" | "representative">();
  const self = session.person.id;
  const company = session.acting?.kind === "company-officer" ? session.acting.personId : undefined;
  if (row.principal_id === self || row.principal_id === company) side.add("giver");
  if ((await store.indexOf(self))?.equals(row.representative_index)) side.add("representative");
  return side;
}

/** What is wrong with a wish; a word for the page to put beside the field. */
function flawOf(
  wish: MandateWish,
  { at, toSelf }: { readonly at: Date; readonly toSelf: boolean },
): "representative" | "self" | "scopes" | "dates" | "length" | undefined {
  const name = wish.representative.name.trim();
  if (name.length === 0 || name.length > 100 || wish.representative.nationalId.trim().length === 0)
    return "representative";
  if (toSelf) return "self";
  const sound = (scope: string) => /^[a-z0-9-]+:[a-z0-9-]+$/.test(scope);
  if (wish.scopes.length === 0 || wish.scopes.length > 100 || !wish.scopes.every(sound)) return "scopes";
  const [from, to] = [wish.validFrom.getTime(), wish.validTo.getTime()];
  if (!(from < to) || to <= at.getTime()) return "dates";
  return to - Math.max(from, at.getTime()) > longestMs || from - at.getTime() > longestMs ? "length" : undefined;
}

function indexOf(identity: Identity, nationalId: string): Buffer {
  return identity.keys.blindIndex(normaliseIdentity(homeIdentity(identity, nationalId)));
}

function given(row: MandateRow, at: Date): GivenMandate {
  const open = row.status === "active" || row.status === "suspended" || row.status === "proposed";
  const expired = open && row.valid_to <= at;
  const unconfirmed = row.status === "active" && row.confirm_by !== null && row.confirm_by <= at;
  return {
    id: row.id,
    kind: row.kind,
    principal: { id: row.principal_id, name: row.principal },
    giver: { id: row.given_by, name: row.giver },
    representative: {
      ...(row.representative_id !== null && { id: row.representative_id }),
      name: row.representative_name,
    },
    scopes: row.scopes,
    validFrom: row.valid_from,
    validTo: row.valid_to,
    ...(row.confirm_by && { confirmBy: row.confirm_by }),
    state:
      open && row.principal_status !== "active"
        ? "ended"
        : expired
          ? "expired"
          : unconfirmed
            ? "unconfirmed"
            : row.status,
    signature: row.signature,
    proposedAt: row.proposed_at,
  };
}

/** Keeps the step, tells both sides' lists of events, and enters it into the log, all in one transaction. */
async function note(
  identity: Identity,
  tx: Sql,
  session: Session,
  row: MandateRow,
  what: MandateStepName,
): Promise<void> {
  const at = identity.clock.now();
  await mandateStore(tx).putStep({ id: uuidV7(at), mandate_id: row.id, what, by_person: session.person.id, at });
  const store = identityStore(tx);
  await store.putEvent(
    eventAt(at, {
      person_id: session.person.id,
      principal_id: row.principal_id === session.person.id ? row.representative_id : row.principal_id,
      what: "mandate",
      acr: session.acr,
      reason: what,
    }),
  );
  await logGiven(identity, store, what, {
    principal: row.principal_id,
    representative: row.representative_id ?? toHex(row.representative_index),
    kind: row.kind,
    record: canonicalJson({
      mandate: row.id,
      scopes: row.scopes,
      validFrom: row.valid_from.toISOString(),
      validTo: row.valid_to.toISOString(),
      signature: createHash("sha256").update(row.signature).digest("base64url"),
    }),
  });
}

/** What the giver signed, as {@link prepareMandate} fixed it; nothing when the document is of another type. */
function mandateIn(jws: string): SignedMandate | undefined {
  const { protected: header, payload } = JSON.parse(jws) as { protected: string; payload: string };
  const { cty } = partOf(header) as { cty?: string };
  return cty !== undefined && `application/${cty.replace(/^application\//, "")}` === mandateType
    ? (partOf(payload) as SignedMandate)
    : undefined;
}

function partOf(base64Url: string): unknown {
  return JSON.parse(Buffer.from(base64Url, "base64url").toString("utf8"));
}

interface SignedMandate {
  readonly kind: MandateRow["kind"];
  readonly principal: string;
  readonly givenBy: string;
  readonly representative: { readonly name: string; readonly index: string };
  readonly scopes: string[];
  readonly validFrom: string;
  readonly validTo: string;
}
