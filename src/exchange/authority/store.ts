import type { Localised } from "#kernel";
import type { Sql } from "#store";
import type { RegisteredKey, RegisteredLog, RegisteredMember } from "../configuration/configuration.ts";

/** A gateway as the authority remembers it. `certificates` holds what it may show, newest first. */
export interface GatewayRow {
  readonly path: string;
  readonly member: string;
  readonly address: string;
  readonly clients: readonly string[];
  readonly certificates: readonly { readonly sha256: string; readonly notAfter: string }[];
  readonly signing_keys: readonly RegisteredKey[];
  readonly logs: readonly RegisteredLog[];
}

interface MemberRow {
  readonly path: string;
  readonly name: Localised;
  readonly subsystems: RegisteredMember["subsystems"];
}

/** Adds or renames a member and answers what that was; `taken` when another member differs only by case. */
export async function putMember(
  sql: Sql,
  member: RegisteredMember,
): Promise<"registered" | "changed" | "unchanged" | "taken"> {
  const folded = member.id.toLowerCase();
  const other = await sql.one("select 1 from exchange.member where folded = $1 and path <> $2", [folded, member.id]);
  if (other) return "taken";
  const row = await sql.one<{ made: boolean }>(
    `insert into exchange.member (path, folded, name, subsystems) values ($1, $2, $3, $4)
     on conflict (path) do update set name = excluded.name, subsystems = excluded.subsystems
       where (member.name, member.subsystems) is distinct from (excluded.name, excluded.subsystems)
     returning xmax = 0 as made`,
    [member.id, folded, JSON.stringify(member.name), JSON.stringify(member.subsystems)],
  );
  if (!row) return "unchanged";
  return row.made ? "registered" : "changed";
}

export async function members(sql: Sql): Promise<RegisteredMember[]> {
  const rows = await sql.query<MemberRow>("select path, name, subsystems from exchange.member order by path");
  return rows.map((row) => ({ id: row.path, name: row.name, subsystems: row.subsystems }));
}

export async function putInvitation(sql: Sql, member: string, digest: Uint8Array, now: Date): Promise<boolean> {
  const made = await sql.run(
    "insert into exchange.invitation (token_sha256, member, made_at) select $1, path, $3 from exchange.member where path = $2",
    [digest, member, now],
  );
  return made === 1;
}

/** Uses an invitation up. False when it is unknown, for another member, or used before. */
export async function useInvitation(sql: Sql, member: string, digest: Uint8Array, now: Date): Promise<boolean> {
  const used = await sql.run(
    "update exchange.invitation set used_at = $3 where token_sha256 = $1 and member = $2 and used_at is null",
    [digest, member, now],
  );
  return used === 1;
}

export function gatewayRow(sql: Sql, path: string): Promise<GatewayRow | undefined> {
  return sql.one<GatewayRow>("select * from exchange.registered_gateway where path = $1 for update", [path]);
}

export function gatewayRows(sql: Sql): Promise<GatewayRow[]> {
  return sql.query<GatewayRow>("select * from exchange.registered_gateway order by path");
}

export async function putGateway(sql: Sql, row: GatewayRow): Promise<void> {
  await sql.run(
    `insert into exchange.registered_gateway (path, member, address, clients, certificates, signing_keys, logs)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (path) do update set address = excluded.address, clients = excluded.clients,
       certificates = excluded.certificates, signing_keys = excluded.signing_keys, logs = excluded.logs`,
    [
      row.path,
      row.member,
      row.address,
      JSON.stringify(row.clients),
      JSON.stringify(row.certificates),
      JSON.stringify(row.signing_keys),
      JSON.stringify(row.logs),
    ],
  );
}

/** Answers false when the key was revoked before. */
export async function revokeKeyRow(sql: Sql, keyid: string, reason: string, now: Date): Promise<boolean> {
  const made = await sql.run(
    "insert into exchange.revoked_key (keyid, at, reason) values ($1, $2, $3) on conflict (keyid) do nothing",
    [keyid, now, reason],
  );
  return made === 1;
}

export async function revokedKeys(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ keyid: string }>("select keyid from exchange.revoked_key order by keyid");
  return rows.map((row) => row.keyid);
}

/** One issuer at a time, so that two processes of the authority cannot sign two contents for one version. */
export async function lockIssuing(tx: Sql): Promise<bigint> {
  await tx.run("lock table exchange.issued_configuration in exclusive mode");
  const row = await tx.one<{ version: bigint | null }>(
    "select max(version) as version from exchange.issued_configuration",
  );
  return row?.version ?? 0n;
}

/** The digest of what the newest configuration says; nothing before the first. */
export async function newestContent(tx: Sql): Promise<string | undefined> {
  const row = await tx.one<{ content: string | null }>(
    "select content from exchange.issued_configuration order by version desc limit 1",
  );
  return row?.content ?? undefined;
}

/** Keeps what was issued; the last thousand are enough to answer a dispute of a day. */
export async function putIssued(
  tx: Sql,
  issued: { readonly version: number; readonly document: string; readonly content: string; readonly at: Date },
): Promise<void> {
  const { version, document, content, at } = issued;
  await tx.run(
    "insert into exchange.issued_configuration (version, document, content, issued) values ($1, $2, $3, $4)",
    [version, document, content, at],
  );
  await tx.run("delete from exchange.issued_configuration where version <= $1", [version - 1000]);
}
