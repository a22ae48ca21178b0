import { readCertificate } from "#identity";
import { err, ok, uuidV7, type Clock, type Result } from "#kernel";
import type { Database } from "#store";
import type { CardAuthority, Holder } from "./card-authority.ts";
import { holderOf, randomDigits, type Cards } from "./cards.ts";
import { publicKeyOf } from "./chip-cms.ts";
import { cardStore, type ActRow, type CardRow, type CardStore, type RevocationReason } from "./store.ts";

/** What stands of a card. `withdrawn`: taken back for good. */
export type CardState = "standing" | "suspended" | "withdrawn" | "expired";

/** A card as the office sees it. No identity number: the plastic's number is enough to do everything here. */
export interface OfficeCard {
  readonly number: string;
  readonly holder: string;
  readonly state: CardState;
  readonly notAfter: Date;
  readonly locked: boolean;
  readonly acts: readonly ActRow[];
}

/** What an officer may do with a card that is there. */
export type OfficeAct = "suspend" | "lift" | "revoke" | "renew" | "replace" | "unblock";
export type OfficeRefusal = { readonly code: "CARD_UNKNOWN" | "REASON_MISSING" | "NOT_NOW" | "HOLDER" };

/** What the officer hands over: the new card's number and, once, its codes. */
export interface HandOver {
  readonly number: string;
  readonly codes?: { readonly pin1: string; readonly pin2: string; readonly puk: string };
}

/** The desk that issues cards and takes them back. Each act has a reason, is written down, and counts at the next sign-in. */
export interface CardOffice {
  find(number: string): Promise<OfficeCard | undefined>;
  act(request: {
    readonly number: string;
    readonly what: OfficeAct;
    readonly reason: string;
    readonly officer: string;
  }): Promise<Result<HandOver, OfficeRefusal>>;
  issue(request: {
    readonly holder: Holder;
    readonly reason: string;
    readonly officer: string;
  }): Promise<Result<HandOver, OfficeRefusal>>;
}

/** In which states each act makes sense. */
export const actsIn: Readonly<Record<CardState, readonly OfficeAct[]>> = {
  standing: ["suspend", "renew", "replace", "unblock", "revoke"],
  suspended: ["lift", "replace", "revoke"],
  expired: ["renew", "replace"],
  withdrawn: ["replace"],
};

/** Identity numbers of the range never issued: nobody's card can be made here. */
const inventedNumber = /^[A-Z]7\d{8}$/;

export function openCardOffice(given: {
  readonly database: Database;
  readonly authority: CardAuthority;
  readonly cards: Cards;
  readonly clock: Clock;
}): CardOffice {
  const { authority, cards, clock } = given;
  const store: CardStore = cardStore(given.database);

  async function stateOf(card: CardRow): Promise<CardState> {
    const { serial, notAfter } = readCertificate(card.authentication_certificate);
    const row = await store.certificate(serial);
    if (row?.reason === "suspended") return "suspended";
    if (!row || row.revokedAt) return "withdrawn";
    return clock.now() > notAfter ? "expired" : "standing";
  }

  const note = (cardId: string, what: ActRow["what"], reason: string, officer: string) => {
    const at = clock.now();
    return store.putAct({ id: uuidV7(at), cardId, what, reason, officer, at });
  };

  async function make(id: string, holder: Holder): Promise<Required<HandOver>> {
    const codes = { pin1: randomDigits(4), pin2: randomDigits(6), puk: randomDigits(8) };
    await cards.make({ id, holder, ...codes, curve: "P-256" });
    const card = await store.card(id);
    return { number: card!.number, codes };
  }

  async function renew(card: CardRow): Promise<void> {
    const made = await authority.certify(holderOf(card), {
      authentication: await publicKeyOf(card.authentication_key),
      signature: await publicKeyOf(card.signature_key),
    });
    const { serials } = made;
    const [authentication, signature] = [Buffer.from(made.authentication), Buffer.from(made.signature)];
    await store.renewCard(card.id, { authentication, signature, serials }, clock.now());
  }

  return {
    async find(number) {
      const card = await store.cardByNumber(number);
      if (!card) return undefined;
      return {
        number: card.number,
        holder: card.holder,
        state: await stateOf(card),
        notAfter: readCertificate(card.authentication_certificate).notAfter,
        locked: card.pin1_tries === 0 || card.pin2_tries === 0,
        acts: await store.acts(card.id),
      };
    },

    async act({ number, what, reason, officer }) {
      const card = await store.cardByNumber(number);
      if (!card) return err({ code: "CARD_UNKNOWN" });
      if (reason.trim() === "") return err({ code: "REASON_MISSING" });
      const state = await stateOf(card);
      if (!actsIn[state].includes(what)) return err({ code: "NOT_NOW" });
      // Written down first: what was done and not recorded is worse than what was recorded and must be done again.
      await note(card.id, what, reason.trim(), officer);
      const revoke = (why: RevocationReason) => authority.revoke(card.id, why);
      if (what === "suspend") await revoke("suspended");
      else if (what === "lift") await authority.lift(card.id);
      else if (what === "revoke") await revoke("revoked");
      else if (what === "unblock") await cards.unblock(card.id);
      else if (what === "renew") await renew(card);
      else {
        await revoke("lost");
        await cards.place(card.id, false);
        const made = await make(await nextId(store, card.id), holderOf(card));
        await note((await store.cardByNumber(made.number))!.id, "issue", `← ${card.number}`, officer);
        return ok(made);
      }
      return ok({ number });
    },

    async issue({ holder, reason, officer }) {
      if (reason.trim() === "") return err({ code: "REASON_MISSING" });
      const names = [holder.surname, holder.givenName].every((name) => name.trim() !== "" && name.length <= 60);
      if (!names || !inventedNumber.test(holder.nationalId)) return err({ code: "HOLDER" });
      const id = `issued-${uuidV7(clock.now())}`;
      const made = await make(id, holder);
      await note(id, "issue", reason.trim(), officer);
      return ok(made);
    },
  };
}

/** `lin`, then `lin-2`, `lin-3` …: each plastic card has its own name in the box. */
async function nextId(store: CardStore, id: string): Promise<string> {
  const base = id.replace(/-\d+$/, "");
  for (let count = 2; ; count++) if (!(await store.card(`${base}-${count}`))) return `${base}-${count}`;
}
