import type { Prepared, Sql } from "#store";
import type { Acr, PersonStatus } from "../contract.ts";
import type { SessionRow } from "../store.ts";

/** What a session is read as. */
export const sessionColumns: string = `s.id, s.person_id, p.name, o.office_id, o.agency, o.roles, o.teams, s.office_only, s.acr, s.amr, s.csrf,
  s.signing_certificate_enc is not null as can_sign, s.acting_person_id, q.name as acting_name, s.acting,
  s.auth_time, k.bound_at as key_since, s.created_at, s.last_seen_at, s.expires_at, s.device, s.network`;

/** What belongs to a session `s` at `$2`: the office on duty, the passkey it was opened with, for whom it acts. */
const belongings = `left join lateral (
    select x.* from (
      select f.id as office_id, f.agency, f.teams, array_agg(t.role order by t.role) as roles, count(*) over () as offices
      from identity.office f
      join identity.office_term t on t.office_id = f.id and t.from_at <= $2 and t.until_at > $2
        and t.role <> all(s.withheld_roles)
      where f.person_id = s.person_id and f.ended_at is null group by f.id) x
    where x.office_id = s.office_id or (s.office_id is null and x.offices = 1)) o on true
  left join identity.passkey k on k.credential_id = s.credential_id
  left join identity.person q on q.id = s.acting_person_id`;

/** A person who is no longer active has no session, whatever the row says. */
export const sessionTables: string = `identity.session s
  join identity.person p on p.id = s.person_id and p.status = 'active' ${belongings}`;

/** Read with every request of somebody signed in: `$1` the token's hash, `$2` now. */
export const sessionStatement: Prepared = {
  name: "identity.session",
  text: `select ${sessionColumns} from ${sessionTables} where s.token_hash = $1 and s.ended_at is null`,
};

/** What a sign-in leaves behind: the person as their card names them, the credential they showed, a session, a line in their record. */
export interface EnteringRow {
  readonly id: string;
  readonly at: Date;
  readonly tokenHash: Buffer;
  readonly acr: Acr;
  readonly amr: readonly string[];
  readonly csrf: string;
  readonly sealedCertificate: Buffer | null;
  readonly agentHash: Buffer | null;
  readonly expiresAt: Date;
  readonly device: string | undefined;
  readonly network: string | undefined;
  readonly event: {
    readonly id: string;
    readonly address: string | null;
    readonly method: string;
    readonly evidenceHash: Buffer | null;
  };
  /** Somebody known; or by number, under the id given if nobody has the number yet. */
  readonly person:
    | { readonly id: string }
    | { readonly id: string; readonly sealed: Buffer; readonly index: Buffer; readonly name: string };
  /** One that is bound; or a card's certificate, bound under the id given if it is not yet. A person by number shows a card. */
  readonly credential:
    | { readonly id: string }
    | {
        readonly id: string;
        readonly kind: string;
        readonly fingerprint: Uint8Array;
        readonly issuerFingerprint: Uint8Array;
        readonly serial: string;
        readonly notAfter: Date;
        readonly sealed: Buffer;
      };
}

const knownPerson = "select id, name, status from identity.person where id = $16";
const numberedPerson = `
  insert into identity.person (id, national_id_enc, national_id_bidx, name, created_at)
  values ($16, $24, $25, $26, $2)
  on conflict (national_id_bidx) do update set name = excluded.name, verified_at = $2 returning id, name, status`;
const knownCredential = "select $17::uuid as id, id as person_id from person where status = 'active'";
const shownCredential = `
  insert into identity.credential
    (id, person_id, kind, fingerprint, issuer_fingerprint, serial, not_after, certificate_enc, bound_at, good_at)
  select $17::uuid, id, $18, $19::bytea, $20::bytea, $21, $22::timestamptz, $23::bytea, $2::timestamptz, $2
  from person where status = 'active'
  on conflict (kind, fingerprint) do update
    set person_id = excluded.person_id, certificate_enc = excluded.certificate_enc, good_at = excluded.good_at
  returning id, person_id`;

/** All rows of a sign-in in one statement: one answer to wait for, one flush to disk, all of it or nothing. */
const entering = (person: string, credential: string): string => `
  with person as (${person}), credential as (${credential}),
  opened as (
    insert into identity.session (id, token_hash, person_id, credential_id, acr, amr, csrf, signing_certificate_enc,
      agent_hash, auth_time, created_at, last_seen_at, expires_at, device, network)
    select $1::uuid, $3::bytea, person_id, id, $4, $5::text[], $6, $7::bytea,
      $8::bytea, $2::timestamptz, $2, $2, $9::timestamptz, $10, $11 from credential
    returning *
  ), noted as (
    insert into identity.auth_event
      (id, person_id, credential_id, what, acr, ok, address, agent_hash, at, method, evidence_hash, new_device)
    select $12::uuid, s.person_id, s.credential_id, 'sign-in', s.acr, true, $13, $8::bytea, $2, $14, $15::bytea,
      exists (select from identity.auth_event e where e.person_id = s.person_id and e.what = 'sign-in' and e.ok)
      and not exists (select from identity.auth_event e
        where e.person_id = s.person_id and e.what = 'sign-in' and e.ok and e.agent_hash is not distinct from $8)
    from opened s
  )
  select p.id as entered_id, p.status, ${sessionColumns}
  from person p left join opened s on true ${belongings}`;

const statements = {
  card: { name: "identity.enter-card", text: entering(numberedPerson, shownCredential) },
  boundCard: { name: "identity.enter-bound-card", text: entering(knownPerson, shownCredential) },
  known: { name: "identity.enter-known", text: entering(knownPerson, knownCredential) },
} satisfies Record<string, Prepared>;

/** A session as it was opened; `id` is `null` where the person may have none. */
export type EnteredRow = { readonly entered_id: string; readonly status: PersonStatus } & (
  | SessionRow
  | { readonly id: null }
);

/** Keeps a sign-in. */
export async function enter(sql: Sql, row: EnteringRow): Promise<EnteredRow> {
  const { person, credential, event } = row;
  const shown = "kind" in credential;
  const parameters: unknown[] = [
    row.id,
    row.at,
    row.tokenHash,
    row.acr,
    row.amr,
    row.csrf,
    row.sealedCertificate,
    row.agentHash,
    row.expiresAt,
    row.device ?? null,
    row.network ?? null,
    event.id,
    event.address,
    event.method,
    event.evidenceHash,
    person.id,
    credential.id,
  ];
  if (shown) {
    const { kind, fingerprint, issuerFingerprint, serial, notAfter, sealed } = credential;
    parameters.push(kind, fingerprint, issuerFingerprint, serial, notAfter, sealed);
  }
  if ("sealed" in person) parameters.push(person.sealed, person.index, person.name);
  const statement = !shown ? statements.known : "sealed" in person ? statements.card : statements.boundCard;
  return (await sql.one<EnteredRow>(statement, parameters))!;
}
