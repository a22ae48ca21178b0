import { uuidV7 } from "#kernel";
import type { Mandate, Person, PersonStatus } from "./contract.ts";
import type { Identity } from "./identity.ts";
import { revokeGrantsOf } from "./provider/revoke.ts";
import { providerStore } from "./provider/store.ts";
import type { IdentityStore, PersonRow } from "./store.ts";
import type { CertificateSubject, SubjectIdentity } from "./web-eid/index.ts";

/** The one spelling under which a number is indexed and kept: that of ETSI EN 319 412-1, upper case. */
export function normaliseIdentity(identity: SubjectIdentity): string {
  const number = identity.number.normalize("NFKC").replaceAll(/\s/g, "").toUpperCase();
  return `${identity.type}${identity.country}-${number}`;
}

/** A number of the site's own country, as `PNO<country>-<number>`. */
export function homeIdentity(identity: Identity, nationalId: string): SubjectIdentity {
  return { type: "PNO", country: identity.country, number: nationalId };
}

/** An organisation of the site's own country by its registration number: `NTR` in ETSI EN 319 412-1's words. */
export function homeOrganisation(identity: Identity, number: string): SubjectIdentity {
  return { type: "NTR", country: identity.country, number };
}

/** The number under which an organisation is registered; nothing for a person. */
export async function organisationOf(identity: Identity, partyId: string): Promise<string | undefined> {
  const row = await identity.store.person(partyId);
  const number = row && identity.keys.open(row.national_id_enc, row.id);
  const prefix = normaliseIdentity(homeOrganisation(identity, ""));
  return number?.startsWith(prefix) ? number.slice(prefix.length) : undefined;
}

/** The name a card gives, as people of that name write it: family name first in Chinese, last elsewhere. */
export function displayName(subject: CertificateSubject): string {
  const { surname, givenName, commonName } = subject;
  if (surname && givenName)
    return /^\p{Script=Han}+$/u.test(surname + givenName) ? surname + givenName : `${givenName} ${surname}`;
  // Some issuers put the number into the common name after commas; only what is surely a name may be shown.
  return commonName && !commonName.includes(",") ? commonName : (givenName ?? surname ?? "");
}

/** A person as they are kept, should nobody have the number yet. */
export function personRow(
  identity: Identity,
  who: SubjectIdentity,
  name: string,
): { readonly id: string; readonly sealed: Buffer; readonly index: Buffer; readonly name: string; readonly at: Date } {
  const at = identity.clock.now();
  const normalised = normaliseIdentity(who);
  const id = uuidV7(at);
  const sealed = identity.keys.seal(normalised, id);
  return { id, sealed, index: identity.keys.blindIndex(normalised), name, at };
}

/** Finds a person by number or makes the record; a newer name from a card or register replaces the older one. */
export function putPerson(
  identity: Identity,
  store: IdentityStore,
  who: SubjectIdentity,
  name: string,
): Promise<PersonRow> {
  return store.putPerson(personRow(identity, who, name));
}

/** Enters a person of the site's country, for example an officer before their first sign-in. Doing so again is harmless. */
export async function registerPerson(
  identity: Identity,
  person: { readonly nationalId: string; readonly name: string },
): Promise<Person> {
  const row = await putPerson(identity, identity.store, homeIdentity(identity, person.nationalId), person.name);
  return { id: row.id, name: row.name };
}

/** The person with this national number, if known here. */
export function findPerson(identity: Identity, nationalId: string): Promise<Person | undefined> {
  return findPrincipal(identity, { nationalId, name: "" });
}

/** The one a mandate is about, if known here: a person by national number, an organisation by its registration number. */
export async function findPrincipal(identity: Identity, principal: Mandate["principal"]): Promise<Person | undefined> {
  const numbered = principal.organisation ? homeOrganisation : homeIdentity;
  const index = identity.keys.blindIndex(normaliseIdentity(numbered(identity, principal.nationalId)));
  const row = await identity.store.personByIndex(index);
  return row && { id: row.id, name: row.name };
}

/**
 * The national number of a person, for a call to a register that needs it. Never put it into a page, address or log.
 * @throws for an unknown person (`code` = `person-unknown`), and for one known by a number of another kind or country
 * (`person-without-number`): cut out of its prefix it would be somebody else's
 */
export async function nationalIdOf(identity: Identity, personId: string): Promise<string> {
  const row = await identity.store.person(personId);
  if (!row) throw Object.assign(new Error("no such person"), { code: "person-unknown" });
  const number = identity.keys.open(row.national_id_enc, row.id);
  const prefix = normaliseIdentity(homeIdentity(identity, ""));
  if (!number.startsWith(prefix))
    throw Object.assign(new Error("the person has no national number here"), { code: "person-without-number" });
  return number.slice(prefix.length);
}

/**
 * Blocks a person or lifts the block; their sessions stop answering at once, and what they gave relying parties, or others
 * gave for them, is over for good. Answers whether the person exists.
 */
export async function setPersonStatus(identity: Identity, personId: string, status: PersonStatus): Promise<boolean> {
  const known = await identity.store.setPersonStatus(personId, status);
  if (status !== "active")
    await revokeGrantsOf({ store: providerStore(identity.database), options: { identity } }, { personId });
  return known;
}
