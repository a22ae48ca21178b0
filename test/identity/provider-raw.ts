import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
} from "jose";
import { randomToken } from "#kernel";
import type { Begun, ProviderSite, TestClient } from "./provider-site.ts";

/** What an attacker sends: a request made by hand, and the answer as it came. */
export interface Raw {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** Posts a form to an endpoint of the provider. */
export async function post(
  site: ProviderSite,
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Raw> {
  const answer = await fetch(`${site.issuer}${path}`, { method: "POST", body: new URLSearchParams(fields), headers });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
    headers: answer.headers,
  };
}

/** A client's assertion (RFC 7523), right in all but what the test says otherwise. */
export async function assertion(
  site: ProviderSite,
  of: TestClient,
  claims: Readonly<Record<string, unknown>> = {},
  { key = of.key, header = {} }: { key?: CryptoKey | Uint8Array; header?: Partial<JWTHeaderParameters> } = {},
): Promise<Readonly<Record<string, string>>> {
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: of.id, sub: of.id, aud: site.issuer, iat: now, exp: now + 60, jti: randomToken(), ...claims };
  const jwt = await new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid: "k1", ...header }).sign(key);
  return byAssertion(jwt);
}

export function byAssertion(jwt: string): Readonly<Record<string, string>> {
  return {
    client_assertion: jwt,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  };
}

/** An unsigned or oddly signed JWT, as an attacker would write it. */
export function forged(header: object, payload: object, signature = ""): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.${signature}`;
}

/** A key for DPoP proofs. */
export interface ProofKey {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

export async function proofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

/** A DPoP proof (RFC 9449), right in all but what the test says otherwise. */
export async function proof(
  site: ProviderSite,
  key: ProofKey,
  {
    path = "/token",
    method = "POST",
    header = {},
    ...claims
  }: Record<string, unknown> & { path?: string; method?: string; header?: object } = {},
): Promise<string> {
  const payload = {
    htm: method,
    htu: `${site.issuer}${path}`,
    iat: Math.floor(Date.now() / 1000),
    jti: randomToken(),
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: key.jwk, ...header })
    .sign(key.privateKey);
}

/** The form with which a code is redeemed. */
export function redeem(of: TestClient, begun: Begun & { callback: URL }): Record<string, string> {
  return {
    grant_type: "authorization_code",
    client_id: of.id,
    code: begun.callback.searchParams.get("code") ?? "",
    redirect_uri: of.redirectUri,
    code_verifier: begun.checks.pkceCodeVerifier ?? "",
  };
}
