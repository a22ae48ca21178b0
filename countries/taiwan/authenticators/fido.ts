import { createHmac, randomBytes, randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { readCertificate, rejected, type Authenticator, type GivenIdentity } from "#identity";
import type { JsonValue } from "#kernel";
import { toBeSigned, verifyCitizen } from "./citizen-certificate.ts";
import { isPending, openFidoService, ticketIdOf, type FidoServiceOptions } from "./fido-service.ts";

export interface FidoOptions extends FidoServiceOptions {
  readonly trustedIssuers: readonly Uint8Array[];
  /** Each answer to the browser takes so long at least, whether the service was asked or not; 1,000 unless told. */
  readonly answersAfterMs?: number;
}

/** How often one person's phone may be asked in an hour: a phone that keeps asking is approved in the end. */
const asksPerHour = 3;
const hourMs = 3_600_000;
const waitMs = 60_000;
const everySeconds = 4;
/** So close to the end what the service says may be that it gave up, which is told like silence. */
const nearEndMs = 10_000;

/** `ticket` is absent where nobody is asked; the page then waits like any other. */
interface FidoState {
  readonly ticket?: string;
  readonly until: number;
}

/**
 * The mobile citizen certificate (TW FidO): reference "TW FidO". The phone signs our challenge even to sign in, for the
 * service's own word is only a checksum. The person gives their number first; a number that has no phone, was asked too
 * often or does not exist gets the same page, the same wait and the same end, in the same time, so that numbers cannot be tried
 * out.
 */
export function fido(options: FidoOptions): Authenticator {
  const service = openFidoService(options);
  const { answersAfterMs = 1_000 } = options;
  const inTime = async <Value>(work: Promise<Value>): Promise<Value> =>
    (await Promise.all([work, pause(answersAfterMs)]))[0];
  const trustedIssuers = options.trustedIssuers.map((der) => readCertificate(der));
  // Kept by a keyed hash: the process's memory holds no list of numbers.
  const key = randomBytes(32);
  const asked = new Map<string, number[]>();
  const polled = new Map<string, number>();

  /** The service wants to be asked no more often than every four seconds, whatever the page does. */
  function tooSoon(ticket: string, now: number): boolean {
    if (now - (polled.get(ticket) ?? 0) < everySeconds * 1000) return true;
    if (polled.size > 100_000) polled.clear();
    polled.set(ticket, now);
    return false;
  }

  function mayAsk(number: string, now: number): boolean {
    const name = createHmac("sha256", key).update(number).digest("base64url");
    const recent = (asked.get(name) ?? []).filter((at) => now - at < hourMs);
    if (recent.length >= asksPerHour) return false;
    if (asked.size > 100_000) asked.clear();
    asked.set(name, [...recent, now]);
    return true;
  }

  return {
    id: "fido",
    title: { "zh-Hant": "行動自然人憑證", en: "Mobile citizen certificate (TW FidO)" },
    text: { "zh-Hant": "用手機的行動自然人憑證 App 同意登入。", en: "Approve the sign-in in the app on your phone." },
    credentialKind: "twfido",
    maxAcr: "urn:taroko:loa:substantial",
    amr: ["hwk", "user", "mfa"],
    phishingResistant: false,
    asks: "number",
    async begin(context, given: GivenIdentity) {
      const code = String(randomInt(10, 100));
      const now = context.clock.now().getTime();
      const number = (given.number ?? "").normalize("NFKC").trim().toUpperCase();
      const hint = context.language === "en" ? `Code ${code}` : `代碼 ${code}`;
      const push = /^[A-Z][A-Z0-9]\d{8}$/.test(number) && mayAsk(number, now);
      const answer = await inTime(
        push ? service.push({ number, hint, tbs: toBeSigned(context) }) : Promise.resolve(undefined),
      );
      const ticket = answer && "result" in answer ? ticketIdOf(answer.result["sp_ticket"]) : undefined;
      const state: FidoState = { until: now + waitMs, ...(ticket && { ticket }) };
      return { state: { ...state }, client: { kind: "app", code, everySeconds } };
    },
    // Its answer comes from the service, never from the browser.
    finish: () => Promise.resolve(rejected("FORMAT", "an app's answer was posted")),
    async poll(context, kept: JsonValue) {
      const { ticket, until } = kept as unknown as FidoState;
      const now = context.clock.now().getTime();
      const late = now >= until;
      const ask = ticket !== undefined && !tooSoon(ticket, now);
      const answer = await inTime(ask ? service.result(ticket) : Promise.resolve(undefined));
      const silent = !answer || ("error" in answer && (isPending(answer.error) || now >= until - nearEndMs));
      if (silent) return late ? rejected("TIMEOUT", "nobody answered") : { status: "pending" };
      if ("error" in answer) return rejected("CANCELLED", `the service said ${answer.error.slice(0, 40)}`);
      return verifyCitizen(context, trustedIssuers, answer.result["signed_response"] ?? "");
    },
  };
}
