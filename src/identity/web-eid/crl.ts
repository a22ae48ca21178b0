import { verify } from "node:crypto";
import type { CardCertificate } from "./certificate.ts";
import {
  children,
  DerError,
  expectTag,
  readBitOctets,
  readBoolean,
  readDer,
  readInteger,
  readOid,
  readSerial,
  readTime,
  tags,
  type DerNode,
} from "./der.ts";
import { fetchBounded } from "./fetch-bounded.ts";
import { certificateHashes } from "./trust.ts";
import type { RevocationStatus } from "./validate.ts";

/** A complete revocation list of one issuer (RFC 5280 section 5), read and not yet believed. */
export interface RevocationList {
  readonly issuerName: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly number: bigint;
  /** Serial numbers revoked or on hold and since when, lower-case hexadecimal as in {@link CardCertificate.serial}. */
  readonly serials: ReadonlyMap<string, Date>;
  readonly signed: Uint8Array;
  readonly signatureOid: string;
  readonly signature: Uint8Array;
}

const crlNumber = "2.5.29.20";
const readable = new Set([crlNumber, "2.5.29.21", "2.5.29.24", "2.5.29.35"]); // number, reason, invalidity date, key id

/** Values of extensions by identifier; a critical one that is not readable here makes the list unusable. */
function readExtensions(list: DerNode | undefined): Map<string, DerNode> {
  const found = new Map<string, DerNode>();
  for (const extension of list ? children(expectTag(list, tags.sequence)) : []) {
    const parts = children(extension);
    const oid = readOid(parts[0]);
    if (parts.length === 3 && readBoolean(parts[1]) && !readable.has(oid)) throw new DerError(`critical ${oid}`);
    found.set(oid, readDer(expectTag(parts.at(-1), tags.octetString).content));
  }
  return found;
}

/** Reads a list. Delta, partial and indirect lists are refused: this reader could not answer for a certificate by them. */
export function readRevocationList(der: Uint8Array): RevocationList {
  const [tbs, algorithm, signature] = children(expectTag(readDer(der), tags.sequence));
  const fields = children(expectTag(tbs, tags.sequence));
  if (readInteger(fields[0]) !== 1n) throw new DerError("not a version 2 list");
  const signatureOid = readOid(children(expectTag(algorithm, tags.sequence))[0]);
  if (readOid(children(expectTag(fields[1], tags.sequence))[0]) !== signatureOid) throw new DerError("two algorithms");
  const number = readExtensions(fields.filter((field) => field.tag === 0xa0).map((field) => children(field)[0])[0]).get(
    crlNumber,
  );
  const serials = new Map<string, Date>();
  const entries = fields[5]?.tag === tags.sequence ? children(fields[5]) : [];
  for (const entry of entries) {
    const [serial, since, extensions] = children(entry);
    readExtensions(extensions);
    serials.set(readSerial(serial), readTime(since));
  }
  return {
    issuerName: expectTag(fields[2], tags.sequence).bytes,
    thisUpdate: readTime(fields[3]),
    nextUpdate: readTime(fields[4]),
    number: readInteger(number),
    serials,
    signed: expectTag(tbs, tags.sequence).bytes,
    signatureOid,
    signature: readBitOctets(signature),
  };
}

/** Why a list must not be used, or `undefined` when it may. */
export function listFault(list: RevocationList, issuer: CardCertificate, now: Date): string | undefined {
  if (Buffer.compare(list.issuerName, issuer.subjectName) !== 0) return "another issuer's list";
  if (!(issuer.keyUsage?.has("cRLSign") ?? true)) return "issuer may not sign lists";
  if (now < list.thisUpdate) return "list is from the future";
  if (now >= list.nextUpdate) return "list is out of date";
  const hash = certificateHashes[list.signatureOid];
  if (!hash || !verify(hash, list.signed, issuer.x509.publicKey, list.signature)) return "signature does not verify";
  return undefined;
}

/** Remembers the highest list number seen per issuer, so that an old list cannot come back after a restart. */
export interface ListNumbers {
  /** Keeps the highest number of an issuer; answers `false`, keeping what it has, when `number` is lower than that. */
  advance(issuer: CardCertificate, number: bigint): Promise<boolean>;
}

function numbersInMemory(): ListNumbers {
  const highest = new Map<string, bigint>();
  return {
    advance: (issuer, number) => {
      const key = Buffer.from(issuer.fingerprint).toString("hex");
      const known = highest.get(key);
      if (known !== undefined && number < known) return Promise.resolve(false);
      highest.set(key, number);
      return Promise.resolve(true);
    },
  };
}

export interface RevocationListOptions {
  readonly clock: { now(): Date };
  /** Address of an issuer's list, instead of the one in the certificate. Configured addresses may be private. */
  readonly urlFor?: (issuer: CardCertificate) => string | undefined;
  /** Whether addresses in certificates may be private or loopback: for demonstrations and tests. Default false. */
  readonly allowPrivate?: boolean;
  /** How long a fetched list is used before it is fetched again. Default and most: two minutes. */
  readonly maxAgeMs?: number;
  readonly numbers?: ListNumbers;
  /** Replaces the network. Must throw when there is no answer. */
  readonly fetch?: (url: string, allowPrivate: boolean) => Promise<Uint8Array>;
  /** Told why a list could not be used. */
  readonly onFault?: (url: string, why: string) => void;
}

const twoMinutes = 120_000;

/** A revocation check by CRL. No list, a stale, forged or older list: `unavailable`, never `good`. */
export function revocationByList(
  options: RevocationListOptions,
): (certificate: CardCertificate, issuer: CardCertificate) => Promise<RevocationStatus> {
  const fetchList = options.fetch ?? ((url, allowPrivate) => fetchBounded(url, { allowPrivate, maxBytes: 16_000_000 }));
  const numbers = options.numbers ?? numbersInMemory();
  const maxAge = Math.min(options.maxAgeMs ?? twoMinutes, twoMinutes);
  const cache = new Map<string, { at: number; list: Promise<RevocationList | undefined> }>();

  async function load(
    url: string,
    issuer: CardCertificate,
    allowPrivate: boolean,
  ): Promise<RevocationList | undefined> {
    try {
      const list = readRevocationList(await fetchList(url, allowPrivate));
      const fault = listFault(list, issuer, options.clock.now());
      if (fault === undefined && (await numbers.advance(issuer, list.number))) return list;
      options.onFault?.(url, fault ?? "list number went back");
    } catch (fault) {
      options.onFault?.(url, fault instanceof Error ? fault.message : "fault");
    }
    return undefined;
  }

  return async (certificate, issuer): Promise<RevocationStatus> => {
    const configured = options.urlFor?.(issuer);
    const url = configured ?? certificate.crlUrls[0];
    if (url === undefined) return "unavailable";
    const key = `${Buffer.from(issuer.fingerprint).toString("hex")} ${url}`;
    const now = options.clock.now();
    let entry = cache.get(key);
    if (!entry || now.getTime() - entry.at >= maxAge || now.getTime() < entry.at) {
      // One fetch serves all who wait; a failed one is forgotten, so that the next sign-in tries again.
      const list = load(url, issuer, configured !== undefined || options.allowPrivate === true);
      entry = { at: now.getTime(), list };
      cache.set(key, entry);
    }
    const list = await entry.list;
    if (!list) {
      if (cache.get(key) === entry) cache.delete(key);
      return "unavailable";
    }
    if (now >= list.nextUpdate) return "unavailable";
    return list.serials.has(certificate.serial) ? "revoked" : "good";
  };
}
