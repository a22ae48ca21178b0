import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Clock } from "#kernel";
import type { Database } from "#store";
import { wholeOf, type Content } from "../body/content.ts";
import { dropExpired, keptAfter, keptOf, messageKeyOf, putKept, type Half, type KeptRow } from "./store.ts";

/** What a service's exchanges leave behind beside their records. */
export interface KeepPolicy {
  /** How long, from the end of the exchange; at most 3,653. */
  readonly days: number;
  /** Whether bodies are kept too, up to `largest` bytes (10 MiB unless told). Header parts and signature bases always are. */
  readonly bodies: boolean;
  readonly largest?: number | undefined;
}

/** Of a gateway, for calls that its systems make and for calls to its services that have no policy of their own. */
export interface KeepRule extends KeepPolicy {
  /** A service in path form, or the beginning of some, ended by `*`: `TW/GOV/MOI/*`. */
  readonly service: string;
}

/** A message as it was signed. */
export interface KeptMessage {
  /** The r1 header part. */
  readonly head: Buffer;
  /** The RFC 9421 signature base, Latin-1. */
  readonly base: string;
  /** Absent when it was not kept; empty when there was none. */
  readonly body?: Buffer;
}

/** Where messages lie for as long as their policy says: sealed, in the gateway's database. */
export interface MessageKeeper {
  /** The gateway's policy for a service, if it has one. */
  ruleFor(service: string): KeepPolicy | undefined;
  /** Durable when it returns. @throws when the database cannot take it: then the exchange must not be released */
  keep(
    recordId: string,
    policy: KeepPolicy,
    messages: Partial<Record<Half, MessageToKeep>>,
    /** By which the caller's systems ask for them again (`x-road-id`). */
    messageId: string,
  ): Promise<{ kept: number }>;
  held(recordId: string): Promise<Partial<Record<Half, KeptMessage>>>;
  /**
   * The records whose kept messages hold a text: letter for letter, in the escapes of addresses, or in those of JSON. Reads all that is kept: for rare questions, such as whom to
   * forget at a gateway that called others, where no record is tied to a person.
   */
  mentioning(text: string): Promise<string[]>;
  /** Destroys what is over. */
  purge(): Promise<number>;
}

export interface MessageToKeep {
  readonly head: Uint8Array;
  readonly base: string;
  readonly body: Content;
}

const usualLargest = 10 * 1024 ** 2;
const day = 86_400_000;
const pageSize = 50;

/**
 * Opens the keeper of a gateway.
 * @param key 32 bytes of the keys folder; without it what was kept cannot be read
 * @throws `keep-policy` for a rule that makes no sense
 */
export function openKeeper(o: {
  readonly database: Database;
  readonly clock: Clock;
  readonly key: Uint8Array;
  readonly rules: readonly KeepRule[];
}): MessageKeeper {
  for (const rule of o.rules) checkPolicy(rule);
  return {
    ruleFor: (service) =>
      o.rules.find((rule) =>
        rule.service.endsWith("*") ? service.startsWith(rule.service.slice(0, -1)) : service === rule.service,
      ),
    async keep(recordId, policy, messages, messageId) {
      const keptUntil = new Date(o.clock.now().getTime() + policy.days * day);
      const rows: KeptRow[] = [];
      for (const [half, message] of Object.entries(messages) as [Half, MessageToKeep][]) {
        const body = policy.bodies ? await wholeOf(message.body, policy.largest ?? usualLargest) : undefined;
        const sealed = seal(o.key, placeOf(recordId, half), packed(message, body));
        rows.push({ recordId, half, keptUntil, sealed, messageKey: messageKeyOf(messageId) });
      }
      await o.database.transaction((tx) => putKept(tx, rows));
      return { kept: rows.length };
    },
    async held(recordId) {
      const rows = await keptOf(o.database, recordId, o.clock.now());
      return Object.fromEntries(
        rows.map(({ half, sealed }) => [half, unpacked(unseal(o.key, placeOf(recordId, half), Buffer.from(sealed)))]),
      );
    },
    async mentioning(text) {
      const found = new Set<string>();
      let page = await keptAfter(o.database, undefined, pageSize);
      while (page.length > 0) {
        for (const { recordId, half, sealed } of page) {
          if (mentions(unseal(o.key, placeOf(recordId, half), Buffer.from(sealed)), text)) found.add(recordId);
        }
        page = await keptAfter(o.database, page.at(-1), pageSize);
      }
      return [...found];
    },
    purge: () => dropExpired(o.database, o.clock.now()),
  };
}

/** Whether a message holds a text, also as `%41` or `\u0041` write its letters. */
function mentions(message: Buffer, text: string): boolean {
  if (message.includes(text)) return true;
  const bytes = message
    .toString("latin1")
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  if (Buffer.from(bytes, "latin1").includes(text)) return true;
  return message
    .toString("utf8")
    .replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .includes(text);
}

/** @throws `keep-policy` */
export function checkPolicy({ days, largest = usualLargest }: KeepPolicy): void {
  const fine = Number.isInteger(days) && days >= 1 && days <= 3653 && largest >= 0 && largest <= 256 * 1024 ** 2;
  if (!fine) {
    throw Object.assign(new Error("messages are kept for 1 to 3,653 days, with bodies of at most 256 MiB"), {
      code: "keep-policy",
    });
  }
}

/** What a sealed message is bound to, so that no row can be put in the place of another. */
function placeOf(recordId: string, half: Half): Buffer {
  return Buffer.from(`taroko/kept-message/v1\0${recordId}\0${half}`);
}

/** Nonce of 12 bytes, content, tag of 16. */
function seal(key: Uint8Array, place: Buffer, content: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(place);
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function unseal(key: Uint8Array, place: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12)).setAAD(place);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

/** Three parts, each behind its length of 4 bytes; a body that was not kept has the length 0xffffffff. */
function packed({ head, base }: MessageToKeep, body: Uint8Array | undefined): Buffer {
  const part = (bytes: Uint8Array | undefined): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes?.length ?? 0xffffffff);
    return Buffer.concat([length, bytes ?? Buffer.alloc(0)]);
  };
  return Buffer.concat([part(head), part(Buffer.from(base, "latin1")), part(body)]);
}

function unpacked(bytes: Buffer): KeptMessage {
  let at = 0;
  const part = (): Buffer | undefined => {
    const length = bytes.readUInt32BE(at);
    at += 4;
    if (length === 0xffffffff) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  const [head, base, body] = [part(), part(), part()];
  return { head: head!, base: base!.toString("latin1"), ...(body ? { body } : {}) };
}
