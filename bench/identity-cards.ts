import { createPrivateKey, randomBytes, sign, type KeyObject } from "node:crypto";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { authenticationBytes, beginSignIn, finishSignIn, openIdentity, readSession, type Identity } from "#identity";
import { systemClock, toBase64 } from "#kernel";
import { openDatabase, type Database, type PostgresServer } from "#store";
import { demonstrationId } from "#countries/taiwan";
import { revocationByList } from "../src/identity/web-eid/crl.ts";
import { revocationByResponder } from "../src/identity/web-eid/revocation.ts";
import { openCardAuthority } from "../demo/cards/card-authority.ts";
import { openCards } from "../demo/cards/cards.ts";

const origin = "https://portal.example";

/** A card in the hand of the bench: its chip is a key in memory, so that reading it costs next to nothing. */
export interface BenchCard {
  readonly key: KeyObject;
  readonly certificate: string;
}

/** A portal's identity module on a database of its own, with cards whose holders it may have met. */
export interface BenchIdentity {
  readonly identity: Identity;
  readonly database: Database;
  readonly cards: readonly BenchCard[];
  /** The same module on the same tables, which asks the authority's responder at each sign-in; that signs in this process. */
  readonly byResponder: Identity;
  /** The same module on the same tables for a site at another origin. */
  at(origin: string): Promise<Identity>;
  close(): Promise<void>;
}

/** Makes `count` cards; their authority's revocation list is read and checked as a site does, but without a network. */
export async function startIdentity(
  server: PostgresServer,
  { folder, count }: { readonly folder: string; readonly count: number },
): Promise<BenchIdentity> {
  const [database, authorityDatabase] = await Promise.all(
    ["bench_identity", "bench_cards"].map(async (name) => openDatabase(await server.database(name), { max: 12 })),
  );
  const keys = join(folder, "cards");
  mkdirSync(keys, { recursive: true });
  chmodSync(keys, 0o755);
  const authority = await openCardAuthority({
    folder: keys,
    database: authorityDatabase!,
    clock: systemClock,
    listUrl: "http://127.0.0.1/cards.crl",
  });
  const options = {
    database: database!,
    clock: systemClock,
    siteSecret: randomBytes(32),
    origin,
    trustedIssuers: [authority.issuer],
    country: "TW",
  };
  const byList = revocationByList({ clock: systemClock, fetch: () => authority.revocationList() });
  const byResponder = revocationByResponder({
    clock: systemClock,
    settingsFor: () => ({ ocsp: { url: "http://127.0.0.1/ocsp" } }),
    fetch: async (_url, _private, request) => (await authority.answer(request!))!,
  });
  const box = openCards(authorityDatabase!, authority);
  for (let serial = 1; serial <= count; serial += 1) {
    const holder = { nationalId: demonstrationId(serial), surname: "林", givenName: `第${serial}` };
    await box.make({ id: `card-${serial}`, holder, pin1: "1111", pin2: "22222", curve: "P-256" });
  }
  const made = await authorityDatabase!.query<{ key: string; der: Buffer }>(
    "select authentication_key as key, authentication_certificate as der from cards.card",
  );
  const cards = made.map(({ key, der }) => ({ key: createPrivateKey(key), certificate: toBase64(der) }));
  return {
    identity: await openIdentity({ ...options, revocation: byList }),
    byResponder: await openIdentity({ ...options, revocation: byResponder }),
    at: (origin) => openIdentity({ ...options, origin, revocation: byList }),
    database: database!,
    cards,
    close: async () => {
      await database!.close();
      await authorityDatabase!.close();
    },
  };
}

/** One sign-in from the button to the session: the challenge, the card's signature, all checks, all rows. */
export async function signInOnce({ cards }: BenchIdentity, identity: Identity, at: number): Promise<string> {
  const card = cards[at % cards.length]!;
  const { browser, challenge } = await beginSignIn(identity);
  const signature = sign("sha256", authenticationBytes("sha256", origin, challenge), {
    key: card.key,
    dsaEncoding: "ieee-p1363",
  });
  const token = JSON.stringify({
    format: "web-eid:1.0",
    algorithm: "ES256",
    appVersion: "https://bench.example/1.0",
    signature: toBase64(signature),
    unverifiedCertificate: card.certificate,
  });
  const done = await finishSignIn(identity, { browser, token, userAgent: "bench", address: "192.0.2.7" });
  if (!done.ok) throw new Error(`a sign-in was refused: ${done.error.code} ${done.error.inside ?? ""}`);
  return done.value.token;
}

/** One check of a session's cookie, as each request makes it. */
export async function checkSession({ identity }: BenchIdentity, token: string): Promise<void> {
  const read = await readSession(identity, token);
  if (!read.ok) throw new Error("a session was refused");
}

/**
 * Registers invented persons with their credentials, straight into the tables: `from` to `to`, by number. At most 100,000 of
 * them are signed in.
 */
export async function registerMany({ database }: BenchIdentity, from: number, to: number): Promise<void> {
  await database.transaction(async (tx) => {
    // What is made here fits together; checking each key a million times takes minutes.
    await tx.run("set local session_replication_role = replica");
    await tx.run(
      `insert into identity.person (id, national_id_enc, national_id_bidx, name, created_at)
     select gen_random_uuid(), sha256(('sealed ' || n)::bytea), sha256(('index ' || n)::bytea), '人' || n, now()
     from generate_series($1::int, $2::int) n`,
      [from, to - 1],
    );
    await tx.run(
      `insert into identity.credential (id, person_id, kind, fingerprint, issuer_fingerprint, serial, not_after, bound_at)
     select gen_random_uuid(), id, 'webeid', sha256(id::text::bytea), '\\x00', id::text, now() + interval '5 years', now()
     from identity.person p where not exists (select 1 from identity.credential c where c.person_id = p.id)`,
    );
    await tx.run(
      `insert into identity.auth_event (id, person_id, credential_id, what, acr, ok, at)
     select gen_random_uuid(), c.person_id, c.id, 'sign-in', 'urn:taroko:loa:high', true, now()
     from identity.credential c where not exists (select 1 from identity.auth_event e where e.credential_id = c.id)`,
    );
    await tx.run(
      `insert into identity.session (id, token_hash, person_id, credential_id, acr, amr, csrf, auth_time, created_at,
       last_seen_at, expires_at)
     select gen_random_uuid(), sha256(c.id::text::bytea), c.person_id, c.id, 'urn:taroko:loa:high', '{sc}', '', now(), now(),
       now(), now() + interval '8 hours'
     from identity.credential c where c.serial = c.person_id::text limit $1 on conflict do nothing`,
      [Math.min(to, 100_000)],
    );
  });
  await database.run("analyze");
}
