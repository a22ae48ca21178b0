import { createHash, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { toBase64Url } from "#kernel";
import type { Identity } from "../identity.ts";
import { passkeyStore } from "./store.ts";

const challengeLifeMs = 5 * 60_000;

/** COSE algorithms that are offered and accepted: ES256, EdDSA, and RS256 for older Windows. */
export const algorithms: number[] = [-7, -8, -257];

/**
 * The relying party's identifier: the host people sign in at, never a domain that it shares with other sites. Nothing
 * where the site has no name, since browsers make no passkeys for bare addresses.
 */
export function relyingPartyOf(identity: Pick<Identity, "origin">): string | undefined {
  const { hostname } = new URL(identity.origin);
  return isIP(hostname) || hostname.startsWith("[") ? undefined : hostname;
}

/** The name under which authenticators keep a person's passkeys: a keyed hash, so that it tells nothing. */
export function userHandleOf(identity: Identity, personId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(identity.keys.blindIndex(`webauthn-user/${personId}`));
}

/** Whoever may answer: a browser that signs in, or a session that binds. */
export function holderOf(kind: "browser" | "session", secret: string): Buffer {
  return createHash("sha256").update(`${kind}/${secret}`, "utf8").digest();
}

/** A new challenge, good for five minutes and one answer. It replaces the holder's one before. */
export async function putChallenge(identity: Identity, holder: Buffer, next: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(randomBytes(32));
  const challenge = toBase64Url(bytes);
  const expiresAt = new Date(identity.clock.now().getTime() + challengeLifeMs);
  await passkeyStore(identity.database).putChallenge({ holder, challenge, next, expiresAt });
  return bytes;
}

/** Takes the holder's challenge away, before anything is judged: a second answer finds none. */
export async function takeChallenge(
  identity: Identity,
  holder: Buffer,
): Promise<{ readonly challenge: string; readonly next: string } | undefined> {
  const row = await passkeyStore(identity.database).takeChallenge(holder);
  return row && identity.clock.now() < row.expires_at ? row : undefined;
}

/** What every answer of a browser has; the library checks the rest. */
export interface WebAuthnAnswer {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly response: Readonly<Record<string, unknown>>;
}

/** What the browser sent, as an object with the members every answer has; nothing if it is not that. */
export function readAnswer(text: string): WebAuthnAnswer | undefined {
  if (text.length > 16_384) return undefined;
  try {
    const value = JSON.parse(text) as { id?: unknown; rawId?: unknown; type?: unknown; response?: unknown } | null;
    const sound =
      typeof value?.id === "string" &&
      typeof value.rawId === "string" &&
      typeof value.type === "string" &&
      typeof value.response === "object" &&
      value.response !== null;
    return sound ? (value as unknown as WebAuthnAnswer) : undefined;
  } catch {
    return undefined;
  }
}
