import { confirmedMandates, type RegisterAccess } from "#flows";
import { changeMandate, chooseParty, giveMandate, mandatesReceived, prepareMandate, readSession } from "#identity";
import type { Result } from "#kernel";
import type { CardAuthority, Cards } from "../cards/index.ts";
import { nameOf } from "../people.ts";
import { demoPins } from "../pins.ts";
import type { Persona } from "./people.ts";
import { signInAs } from "./sign-in-as.ts";

const yearMs = 365 * 86_400_000;

/** Who appoints whom, as what. All of it is done as people do it: by card, and accepted. */
const appointments = [
  { giver: "xie-director", representative: "jiang-employee", kind: "employee" },
  { giver: "ma-owner", representative: "tang-accountant", kind: "intermediary" },
] as const;

/** Gives the mandates that the personas hold from companies; those that stand already are left alone. */
export async function seedMandates(
  site: RegisterAccess & { readonly cards: Cards; readonly authority: CardAuthority },
  people: ReadonlyMap<string, Persona>,
): Promise<void> {
  const { identity, cards } = site;
  const sessionOf = async (key: string) => {
    const token = must(await signInAs(site, people.get(key)!, { faults: [] })).token;
    return must(await readSession(identity, token));
  };
  for (const { giver, representative, kind } of appointments) {
    const receiver = await sessionOf(representative);
    if ((await mandatesReceived(identity, receiver.person.id)).length > 0) continue;
    const owner = await sessionOf(giver);
    const appointed = people.get(representative)!;
    const { mandates } = await confirmedMandates(site, owner.person.id);
    for (const company of mandates.filter((one) => one.kind === "company-officer")) {
      const acting = must(await chooseParty(identity, owner, company));
      const now = site.clock.now();
      const prepared = must(
        await prepareMandate(identity, acting, {
          kind,
          representative: { nationalId: appointed.nationalId, name: nameOf(appointed) },
          scopes: ["company:view"],
          validFrom: now,
          validTo: new Date(now.getTime() + yearMs),
        }),
      );
      const { hash, hashFunction } = prepared;
      const signed = must(await cards.sign({ card: giver, pin: demoPins.pin2, hash, hashFunction }));
      const { id } = must(await giveMandate(identity, acting, { id: prepared.id, ...signed }));
      must(await changeMandate(identity, receiver, id, "accepted"));
    }
  }
}

function must<Value>(result: Result<Value, { readonly code: string }>): Value {
  if (result.ok) return result.value;
  throw Object.assign(new Error(`a persona's mandate could not be given: ${result.error.code}`), {
    code: result.error.code,
  });
}
