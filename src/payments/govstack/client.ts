import type { JWK } from "jose";

/** What a client may be allowed to do. */
export type ApiDuty =
  /** Change and read where payees want their money. */
  | "beneficiaries"
  /** Propose payments, validate them, ask how they stand. */
  | "payments"
  /** Release what another client proposed, where the programme lets the source system approve. */
  | "authorise"
  /** Issue and cancel vouchers. */
  | "vouchers"
  /** Redeem vouchers for merchants. */
  | "merchants"
  /** Present bills, and ask payers to pay them. */
  | "bills"
  /** Look at bills as a payer's institution, and say that they were paid. */
  | "bill-payments";

/** A system that may call the payments API, as the operator wrote it down. There is no other way in. */
export interface ApiClient {
  /** `iss` of its tokens, G2P Connect's `sender_id`: 1–64 of `a-z 0-9 . -`. */
  readonly id: string;
  /** Its public keys, Ed25519 or P-256, each with a `kid`. */
  readonly keys: readonly JWK[];
  /** Whose payees it manages. Clients of one institution share its mapper; others never see it. */
  readonly institution: string;
  /** The names of building blocks it may give itself (`SourceBBID`, `Gov_Stack_BB`). */
  readonly systems: readonly string[];
  /** Programmes it may pay from; the first is meant when a call names none. */
  readonly programmes: readonly string[];
  readonly duties: readonly ApiDuty[];
  /** In the currency's smallest unit: one payment, and all that is proposed in a day. */
  readonly limits: { readonly payment: bigint; readonly day: bigint };
  /** Origins to which results may be sent; nothing is ever sent elsewhere. */
  readonly callbackOrigins: readonly string[];
}

/** What the API must know about a programme. */
export interface ApiProgramme {
  readonly id: string;
  /**
   * Who gives the second approval. `officer`: a person at our desk. `source`: another client of the API with the duty
   * `authorise`, because law or contract says that the source system's own two approvals count.
   */
  readonly approval: "officer" | "source";
}

const idShape = /^[a-z0-9][a-z0-9.-]{0,63}$/;

/** @throws `payment-client-invalid` for a client that cannot be meant as it stands */
export function checkClients(clients: readonly ApiClient[], programmes: readonly ApiProgramme[]): void {
  const fault = (client: ApiClient, what: string): Error =>
    Object.assign(new Error(`payments API client ${client.id}: ${what}`), { code: "payment-client-invalid" });
  const known = new Set(programmes.map(({ id }) => id));
  const seen = new Set<string>();
  for (const client of clients) {
    if (!idShape.test(client.id) || seen.has(client.id)) throw fault(client, "its id is not usable or not its own");
    seen.add(client.id);
    if (client.keys.length === 0) throw fault(client, "it has no key");
    for (const key of client.keys) {
      if (key.d !== undefined || key.k !== undefined) throw fault(client, "a private key is written down");
      if (!(key.crv === "Ed25519" || key.crv === "P-256") || !key.kid) throw fault(client, "a key is not usable");
    }
    const stranger = client.programmes.find((programme) => !known.has(programme));
    if (stranger !== undefined) throw fault(client, `it names the unknown programme ${stranger}`);
    if (client.programmes.length === 0) throw fault(client, "it has no programme");
    for (const origin of client.callbackOrigins)
      if (!URL.canParse(origin) || new URL(origin).origin !== origin || !/^https?:/.test(origin))
        throw fault(client, `${origin} is not an origin`);
  }
}
