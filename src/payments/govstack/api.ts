import { createHash } from "node:crypto";
import { importJWK, type CryptoKey } from "jose";
import type { OwnerChannel } from "../contract.ts";
import type { Payments } from "../open.ts";
import { checkClients, type ApiClient, type ApiDuty, type ApiProgramme } from "./client.ts";
import { openSealing, type Sealing } from "./sealing.ts";
import { saveVoucherEdges } from "./store-vouchers.ts";
import type { VoucherGroup } from "./vouchers.ts";

export interface PaymentApiOptions {
  readonly payments: Payments;
  /** Public address below which the API lies, without a slash at its end: the audience of tokens. */
  readonly base: string;
  /** The name under which senders of G2P Connect know us (`receiver_id`); the base's host unless told. */
  readonly receiver?: string;
  /** 32 random bytes of the site's key store. */
  readonly secret: Uint8Array;
  readonly clients: readonly ApiClient[];
  readonly programmes: readonly ApiProgramme[];
  readonly voucherGroups?: readonly VoucherGroup[];
  /** The banks' owner check; without it every new address stays unchecked and waits a day before it is paid to. */
  readonly owners?: OwnerChannel;
  /** Who stands behind a payee's functional id, if the operator can look it up; it then counts over what a client says. */
  readonly holderOf?: (institution: string, payee: string) => Promise<Holder | undefined>;
  /** Signs what we send to clients: a JWT over these claims, verifiable by the keys the operator publishes. */
  readonly sign: (claims: Readonly<Record<string, string | number>>) => Promise<string>;
}

/** A payee as banks know them. */
export interface Holder {
  readonly name: string;
  readonly number?: string;
}

/** The open API. */
export interface PaymentApi extends PaymentApiOptions {
  readonly receiver: string;
  readonly sealing: Sealing;
  readonly clientById: ReadonlyMap<string, OpenClient>;
  readonly programmeById: ReadonlyMap<string, ApiProgramme>;
  readonly groupById: ReadonlyMap<string, VoucherGroup>;
}

export interface OpenClient {
  readonly client: ApiClient;
  readonly keys: ReadonlyMap<string, CryptoKey>;
}

/** A call, after its token was verified. Paths begin with `/`, below the API's base. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** A header by any of its published spellings. */
  header(...names: readonly string[]): string | undefined;
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws `payment-client-invalid` */
export async function openPaymentApi(options: PaymentApiOptions): Promise<PaymentApi> {
  checkClients(options.clients, options.programmes);
  await saveVoucherEdges(options.payments.database);
  const clients = await Promise.all(
    options.clients.map(async (client): Promise<[string, OpenClient]> => {
      const keys = client.keys.map(async (key): Promise<[string, CryptoKey]> => {
        const imported = await importJWK(key, key.crv === "P-256" ? "ES256" : "Ed25519");
        return [key.kid ?? "", imported as CryptoKey];
      });
      return [client.id, { client, keys: new Map(await Promise.all(keys)) }];
    }),
  );
  return {
    ...options,
    receiver: options.receiver ?? new URL(options.base).hostname,
    sealing: openSealing(options.secret),
    clientById: new Map(clients),
    programmeById: new Map(options.programmes.map((programme) => [programme.id, programme])),
    groupById: new Map((options.voucherGroups ?? []).map((group) => [group.id, group])),
  };
}

export function mayDo(client: ApiClient, duty: ApiDuty): boolean {
  return client.duties.includes(duty);
}

export function sha256(content: string | Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
