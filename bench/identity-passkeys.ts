import { beginPasskey, beginPasskeySignIn, finishPasskey, finishPasskeySignIn, readSession } from "#identity";
import { SoftKey } from "../test/identity/soft-key.ts";
import { signInOnce, type BenchIdentity } from "./identity-cards.ts";

const words = "a passkey was refused";

/** Binds a passkey of a device in software to each of the first `count` cards' holders. */
export async function bindKeys(bench: BenchIdentity, count: number): Promise<readonly SoftKey[]> {
  const { identity } = bench;
  const keys: SoftKey[] = [];
  for (let at = 0; at < count; at += 1) {
    const read = await readSession(identity, await signInOnce(bench, identity, at));
    const begun = read.ok ? await beginPasskey(identity, read.value, "Taroko") : read;
    if (!read.ok || !begun.ok) throw new Error(words);
    const key = new SoftKey();
    const answer = key.create(begun.value, siteOf(bench));
    const done = await finishPasskey(identity, read.value, { answer, name: "" });
    if (!done.ok) throw new Error(`${words}: ${done.error.code}`);
    keys.push(key);
  }
  return keys;
}

/** One sign-in by passkey, the device's signature included. */
export async function signInByKey(bench: BenchIdentity, key: SoftKey): Promise<void> {
  const begun = await beginPasskeySignIn(bench.identity, {});
  if (!begun.ok) throw new Error(words);
  const { browser, options } = begun.value;
  const answer = key.get(options, siteOf(bench));
  const done = await finishPasskeySignIn(bench.identity, { browser, answer, userAgent: "bench", address: "192.0.2.7" });
  if (!done.ok) throw new Error(`${words}: ${done.error.code} ${done.error.inside ?? ""}`);
}

function siteOf({ identity: { origin } }: BenchIdentity): { readonly origin: string; readonly rpId: string } {
  return { origin, rpId: new URL(origin).hostname };
}
