/** A payments API with clients and their keys, for tests: real database, real signatures, clock that stands still. */
import { generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { exportJWK } from "jose";
import { toBase64Url, utf8 } from "#kernel";
import type { OwnerChannel } from "../contract.ts";
import type { Payments } from "../open.ts";
import { testPayments } from "../testing.ts";
import { answerCall } from "./answer.ts";
import { openPaymentApi, sha256, type ApiAnswer, type PaymentApi, type PaymentApiOptions } from "./api.ts";
import { openCallback } from "./callbacks.ts";
import { signedHeaders } from "./authenticate.ts";
import type { ApiClient } from "./client.ts";
import { untakenCallbacks } from "./store-calls.ts";

export const testBase = "https://portal.example/api/payments";

/** Each client's private key, made anew for each run. */
const keys = new Map<string, KeyObject>();

/** A client with a key of its own; `change` says what differs from one that may do everything. */
export async function testClient(id: string, change: Partial<ApiClient> = {}): Promise<ApiClient> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  keys.set(id, privateKey);
  return {
    id,
    keys: [{ ...(await exportJWK(publicKey)), kid: "k1" }],
    institution: "social-affairs",
    systems: ["SOCIALBB0001"],
    programmes: ["main"],
    duties: ["beneficiaries", "payments", "authorise", "vouchers", "merchants", "bills", "bill-payments"],
    limits: { payment: 1_000_000n, day: 10_000_000n },
    callbackOrigins: [],
    ...change,
  };
}

export async function testApi(
  change: Partial<PaymentApiOptions> & { readonly payments?: Payments } = {},
): Promise<PaymentApi> {
  return openPaymentApi({
    payments: change.payments ?? (await testPayments()),
    base: testBase,
    secret: new Uint8Array(32).fill(7),
    clients: change.clients ?? [await testClient("social.gov.example")],
    programmes: [{ id: "main", approval: "officer" }],
    owners: testOwners,
    sign: async (claims) =>
      Object.entries(claims)
        .map(([name, value]) => `${name}=${value}`)
        .join(";"),
    ...change,
  });
}

/** A bank that knows everybody, except for accounts that end in 666. */
export const testOwners: OwnerChannel = {
  ask: async ({ account }) => ({ result: account.number.endsWith("666") ? "number-differs" : "match" }),
};

/** Signs as a client does. */
export function signAs(client: string, bytes: Uint8Array): Uint8Array {
  return sign(null, bytes, keys.get(client)!);
}

/** A token for one call, as a client makes it. */
export function testToken(
  client: string,
  call: {
    readonly method: string;
    readonly target: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
  change: Readonly<Record<string, unknown>> = {},
  now: Date = new Date("2026-01-05T01:30:00Z"),
): string {
  const iat = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: client,
    aud: testBase,
    iat,
    exp: iat + 60,
    jti: randomUUID(),
    htm: call.method,
    htu: call.target,
    digest: toBase64Url(sha256(call.body ?? "")),
    headers: Object.fromEntries(
      Object.entries(call.headers ?? {}).flatMap(([name, value]): [string, string][] =>
        signedHeaders.includes(name.toLowerCase()) ? [[name.toLowerCase(), value]] : [],
      ),
    ),
    ...change,
  };
  const part = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
  const signed = `${part({ alg: "EdDSA", kid: "k1" })}.${part(claims)}`;
  return `${signed}.${toBase64Url(sign(null, Buffer.from(signed), keys.get(client)!))}`;
}

/** Calls the API as a client whose token was verified. */
export async function call(
  api: PaymentApi,
  line: string,
  body?: object | string,
  headers: Readonly<Record<string, string>> = {},
  client: string = [...api.clientById.keys()][0]!,
): Promise<ApiAnswer> {
  const [method = "", target = ""] = line.split(" ");
  const url = new URL(target, "https://x");
  const found = new Headers(headers);
  const answered = await answerCall(api, api.clientById.get(client)!.client, {
    method,
    path: url.pathname,
    query: url.searchParams,
    header: (...names) => names.map((name) => found.get(name)).find((value) => value !== null) ?? undefined,
    body: typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body),
  });
  return answered.ok ? answered.value : { status: 0, body: answered.error };
}

/** What the API has to tell its clients, oldest first. */
export async function toldBy(api: PaymentApi, client?: string): Promise<object[]> {
  const rows = await untakenCallbacks(api.payments.database, client);
  return rows.map((row) => openCallback(api, row));
}
