import { decodeJwt, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from "jose";
import type { FaultName } from "./faults.ts";

/** Seconds. */
const skew = 70;

/** Claims as a fault changes them. */
const changes: Partial<Record<FaultName, (claims: JWTPayload) => JWTPayload>> = {
  "id-token-expired": (claims) => ({ ...claims, iat: (claims.iat ?? 0) - 7200, exp: (claims.iat ?? 0) - 3600 }),
  "id-token-issuer": (claims) => ({ ...claims, iss: "https://another-provider.example" }),
  "id-token-nonce": (claims) => ({ ...claims, nonce: "another-requests-nonce" }),
  "clock-skew": (claims) => ({
    ...claims,
    iat: (claims.iat ?? 0) + skew,
    nbf: (claims.iat ?? 0) + skew,
    exp: (claims.exp ?? 0) + skew,
    ...(typeof claims["auth_time"] === "number" && { auth_time: claims["auth_time"] + skew }),
  }),
  "level-lowered": (claims) => ({ ...claims, acr: "urn:taroko:loa:low", amr: ["pwd"] }),
};

/** Spoils ID tokens with a key of its own, which it adds to the provider's: only what the fault is about is wrong. */
export interface Spoiler {
  readonly jwk: JWK;
  /** The token with these faults; as it was where none of them concerns it. */
  spoil(idToken: string, on: readonly FaultName[]): Promise<string>;
}

export async function openSpoiler(): Promise<Spoiler> {
  const { privateKey, publicKey }: { privateKey: CryptoKey; publicKey: CryptoKey } = await generateKeyPair("ES256");
  const kid = "fault-key";
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" },
    async spoil(idToken, on) {
      const wanted = on.map((name) => changes[name]).filter((change) => change !== undefined);
      if (wanted.length === 0) return idToken;
      const claims = wanted.reduce<JWTPayload>((sofar, change) => change(sofar), decodeJwt(idToken));
      return new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid }).sign(privateKey);
    },
  };
}

/** Userinfo with every attribute moved to what could not be had. `name` and `sub` stay. */
export function withholdAttributes(user: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isAttribute = (value: unknown): boolean =>
    typeof value === "object" && value !== null && "source_register" in value;
  const kept = Object.entries(user).filter(([, value]) => !isAttribute(value));
  const gone = Object.keys(user).filter((claim) => isAttribute(user[claim]));
  const before = (user["unavailable"] as object[] | undefined) ?? [];
  return {
    ...Object.fromEntries(kept),
    unavailable: [...before, ...gone.map((scope) => ({ scope, reason: "source-unavailable", retry_after: 30 }))],
  };
}
