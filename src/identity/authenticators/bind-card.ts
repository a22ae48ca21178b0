import { err, ok, type Refusal, type Result } from "#kernel";
import type { Identity } from "../identity.ts";
import { homeIdentity, normaliseIdentity, putPerson } from "../person.ts";
import { refuse } from "../problems.ts";
import type { PersonRow } from "../store.ts";
import { takeBindingTry } from "./store.ts";
import type { GivenIdentity, Verified } from "./authenticator.ts";

const triesPerDay = 5;
const dayMs = 86_400_000;

/**
 * The person a card without a number belongs to: the one it was bound to, or at the first time the one whom a register
 * confirms by number, date of birth and name, if the card's last digits agree. Each way of not agreeing gets the same
 * answer, after the same question to the register, so that numbers cannot be tried out.
 */
export async function personOfCard(
  identity: Identity,
  kind: string,
  verified: Verified,
  given: GivenIdentity,
): Promise<Result<PersonRow, Refusal<"card-not-bound" | "person-not-confirmed" | "authenticator-unavailable">>> {
  const { store, clock } = identity;
  const { certificate, claims } = verified;
  const bound = await store.personByCredential(kind, certificate.fingerprint);
  if (bound) return ok(bound);
  if (!given.number || !given.birthDate) return err(refuse("card-not-bound"));
  const now = clock.now();
  const since = new Date(now.getTime() - dayMs);
  const wish = { fingerprint: certificate.fingerprint, at: now, since, most: triesPerDay };
  if (!(await takeBindingTry(identity.database, wish)))
    return err(refuse("person-not-confirmed", "too many tries with this card"));
  const who = homeIdentity(identity, given.number);
  const number = normaliseIdentity(who).split("-").slice(1).join("-");
  const said = identity.resolvePerson
    ? await identity.resolvePerson({ number, birthDate: given.birthDate, name: claims.name })
    : "unavailable";
  if (said === "unavailable") return err(refuse("authenticator-unavailable", "no register to ask"));
  if (said !== "confirmed" || (claims.last4 !== undefined && !number.endsWith(claims.last4)))
    return err(refuse("person-not-confirmed", said));
  return ok(await putPerson(identity, store, who, claims.name));
}
