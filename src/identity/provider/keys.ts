import { createPublicKey, hkdfSync } from "node:crypto";
import type { ProviderOptions, ProviderPeriod } from "./context.ts";

/** How long one key signs, in milliseconds. */
export const periodMs: number = 90 * 24 * 3_600_000;

/** Which stretch of time an instant lies in. */
export function periodAt(at: Date): number {
  return Math.floor(at.getTime() / periodMs);
}

/**
 * The keys of a stretch: the present one signs, the one before is still published, since tokens it signed may be alive, and
 * the next one already is, so that nobody who cached the key set is surprised. Made by the site's key store when first
 * asked for: rotation needs nobody, and an operator who removes a key's file and restarts has a new one.
 */
export function periodKeys(
  { secret, signingKey }: Pick<ProviderOptions, "secret" | "signingKey">,
  number: number,
): ProviderPeriod {
  const derived = (label: string): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), `taroko/provider/${label}/v1`, 32));
  const text = (label: string): string => Buffer.from(derived(label)).toString("base64url");
  return {
    number,
    signingKeys: [number, number - 1, number + 1].map((at) => {
      const key = signingKey(`provider-${at}`);
      const { x } = createPublicKey(key).export({ format: "jwk" });
      return { ...key.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: `${at}-${String(x).slice(0, 8)}` };
    }),
    cookieKeys: [text(`cookie-${number}`), text(`cookie-${number - 1}`)],
    dpopSecret: derived("dpop-nonce"),
  };
}
