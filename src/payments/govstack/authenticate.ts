import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { err, ok, toBase64Url, type Result } from "#kernel";
import { sha256, type PaymentApi } from "./api.ts";
import type { ApiClient } from "./client.ts";
import type { PaymentApiRefusal } from "./problems.ts";
import { spendToken } from "./store-calls.ts";

/** A call as it came over the wire. */
export interface SignedCall {
  readonly method: string;
  /** Path and query as the caller wrote them, from the API's base on. */
  readonly target: string;
  readonly authorization: string | undefined;
  readonly body: Uint8Array;
  readonly header: (name: string) => string | undefined;
}

/** Headers that say what is to be done, in every published spelling: whoever passes a call on must not change them. */
export const signedHeaders: readonly string[] = [
  "x-program-id",
  "x-programme-id",
  "x-callback-url",
  "x-callback_url",
  "x-callbackurl",
  "x-correlationid",
  "x-correlation-id",
  "x-registering-institution-id",
  "registeringinstitutionid",
  "payerfi-id",
  "x-payerfi-id",
  "x-payer-fi-id",
];

/** Seconds that a token may live, and that clocks may differ. */
const longestLife = 300;
const tolerance = 30;

/**
 * Finds out which client calls. Each call carries a JWT that the client signed for this call alone (the assertion of
 * RFC 7523 section 3, bound to the call as RFC 9449 binds a proof): `iss` the client, `aud` the API's base, `iat`, `exp` at
 * most five minutes later, `jti` used once, `htm` the method, `htu` path and query, `digest` the SHA-256 of the body, and
 * `headers`, where the call has any of `signedHeaders`: their values by lower-case name.
 * So neither a token that leaks nor a call that is recorded is of use to anybody.
 */
export async function authenticate(
  api: PaymentApi,
  call: SignedCall,
): Promise<Result<ApiClient, PaymentApiRefusal<"api-token-missing" | "api-token-invalid" | "api-token-used">>> {
  const token = /^Bearer ([A-Za-z0-9_.-]{1,4096})$/i.exec(call.authorization ?? "")?.[1];
  if (token === undefined) return err({ code: "api-token-missing" });
  const refused = (inside: string) => err({ code: "api-token-invalid" as const, inside });

  const named = claimedBy(token);
  const open = named && api.clientById.get(named.iss);
  const key = open?.keys.get(named?.kid ?? "");
  if (!open || !key) return refused("client or key unknown");
  const now = api.payments.clock.now();
  const verified = await jwtVerify(token, key, {
    issuer: open.client.id,
    audience: api.base,
    algorithms: ["EdDSA", "Ed25519", "ES256"],
    requiredClaims: ["iat", "exp", "jti"],
    clockTolerance: tolerance,
    maxTokenAge: longestLife,
    currentDate: now,
  }).catch((fault: unknown) => (fault as { code?: string }).code ?? "unverifiable");
  if (typeof verified === "string") return refused(verified);

  const { iat = 0, exp = 0, jti = "", htm, htu, digest, headers = {} } = verified.payload;
  if (exp - iat > longestLife || jti.length < 16 || jti.length > 100) return refused("lifetime or jti");
  if (htm !== call.method || htu !== call.target) return refused("made for another call");
  if (digest !== toBase64Url(sha256(call.body))) return refused("made for another body");
  const signed = headers as Readonly<Record<string, unknown>> | null;
  if (signedHeaders.some((name) => call.header(name) !== signed?.[name])) return refused("made for other headers");
  const expires = new Date((exp + 2 * tolerance) * 1000);
  if (!(await spendToken(api.payments.database, open.client.id, jti, expires))) return err({ code: "api-token-used" });
  return ok(open.client);
}

function claimedBy(token: string): { readonly iss: string; readonly kid: string } | undefined {
  try {
    const { iss } = decodeJwt(token);
    const { kid } = decodeProtectedHeader(token);
    return iss !== undefined && kid !== undefined ? { iss, kid } : undefined;
  } catch {
    return undefined;
  }
}
