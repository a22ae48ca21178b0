import { beginSignIn, finishSignIn, redirectReader, type Authenticator, type Identity } from "#identity";
import { err, ok, type Refusal, type Result } from "#kernel";
import type { CardAuthority, Cards, ResponderFault } from "../cards/index.ts";
import { demoPins } from "../pins.ts";
import type { FaultName } from "./faults.ts";
import type { Persona } from "./people.ts";

/** A way of signing in that proves little. Its answers come from the persona's card all the same: only the level is lower. */
export function weakSignIn(reader: { readonly url: string }): Authenticator {
  return {
    ...redirectReader(reader),
    id: "weak",
    title: { "zh-Hant": "低保證等級登入（模擬）", en: "Sign-in at a low level (simulated)" },
    text: { "zh-Hant": "示範用：等級為低。", en: "For trying out what a low level does." },
    maxAcr: "urn:taroko:loa:low",
    amr: ["pwd"],
    phishingResistant: false,
  };
}

const responderFaults: Partial<Record<FaultName, ResponderFault>> = {
  "ocsp-stale": "stale",
  "ocsp-revoked": "revoked",
  "ocsp-unknown": "unknown",
  "ocsp-down": "down",
};

/** Signs a persona in with their card, as reader and browser would, and answers the session's token. */
export async function signInAs(
  site: { readonly identity: Identity; readonly cards: Cards; readonly authority: CardAuthority },
  persona: Persona,
  o: { readonly low?: boolean; readonly faults: readonly FaultName[]; readonly replaces?: string | undefined },
): Promise<Result<{ readonly token: string }, Refusal>> {
  const spoiled = o.faults.flatMap((name) => responderFaults[name] ?? []);
  const attempt = async (fault: ResponderFault | undefined) => {
    await site.authority.misanswer(persona.key, fault);
    try {
      return await once(site, persona, o);
    } finally {
      await site.authority.misanswer(persona.key, undefined);
    }
  };
  // A good answer of a moment ago may stand in for a responder that is down; one that cannot be believed takes it away.
  if (spoiled.includes("down")) await attempt("stale");
  return attempt(spoiled[0]);
}

async function once(
  { identity, cards }: Parameters<typeof signInAs>[0],
  persona: Persona,
  o: Parameters<typeof signInAs>[2],
): Promise<Result<{ readonly token: string }, Refusal>> {
  const low = o.low === true || persona.low === true;
  const { browser, challenge, origin } = await beginSignIn(identity, { authenticator: low ? "weak" : "card-reader" });
  if (persona.low) await cards.place(persona.key, true);
  const card =
    persona.card === "none" && !persona.low
      ? err({ code: "NO_CARD" })
      : await cards.authenticate({ card: persona.key, pin: demoPins.pin1, challenge, origin });
  if (persona.low) await cards.place(persona.key, false);
  const done = await finishSignIn(identity, {
    browser,
    ...(o.replaces !== undefined && { replaces: o.replaces }),
    ...(card.ok
      ? { token: JSON.stringify(card.value.token), signingCertificate: card.value.signingCertificate }
      : { error: card.error.code }),
  });
  return done.ok ? ok({ token: done.value.token }) : done;
}
