import type { Localised } from "#kernel";
import type { Sql } from "#store";
import type { GlobalGroup, RegisteredKey, RegisteredLog, RegisteredMember } from "../configuration/configuration.ts";

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
     on conflict (path) do update set name = excluded.name, subsystems = excluded.subsystems, left_at = null
       where (member.name, member.subsystems) is distinct from (excluded.name, excluded.subsystems)
         or member.left_at is not null
     returning xmax = 0 as made`,
    [member.id, folded, JSON.stringify(member.name), JSON.stringify(member.subsystems)],
  );
  if (!row) return "unchanged";
  return row.made ? "registered" : "changed";
}

export async function members(sql: Sql): Promise<RegisteredMember[]> {
  const rows = await sql.query<MemberRow>(
    "select path, name, subsystems from exchange.member where left_at is null order by path",
  );
  return rows.map((row) => ({ id: row.path, name: row.name, subsystems: row.subsystems }));
}

/** One member, locked until the transaction ends; nothing when it never was one or has left. */
export async function memberRow(tx: Sql, path: string): Promise<RegisteredMember | undefined> {
  const row = await tx.one<MemberRow>(
    "select path, name, subsystems from exchange.member where path = $1 and left_at is null for update",
    [path],
  );
  return row && { id: row.path, name: row.name, subsystems: row.subsystems };
}

/** What the authority's file said of a member when it was last applied. */
export async function declaredMember(tx: Sql, path: string): Promise<string | undefined> {
  const row = await tx.one<{ declared: string | null }>("select declared from exchange.member where path = $1", [path]);
  return row?.declared ?? undefined;
}

export async function setDeclared(tx: Sql, path: string, declared: string): Promise<void> {
  await tx.run("update exchange.member set declared = $2 where path = $1", [path, declared]);
}

export async function letLeave(tx: Sql, path: string, now: Date): Promise<void> {
  await tx.run("update exchange.member set left_at = $2 where path = $1", [path, now]);
}

/** An invitation as registrars see it; the token itself is never kept. */
export interface InvitationRow {
  readonly id: string;
  readonly member: string;
  readonly made_at: Date;
  readonly made_by: string | null;
  readonly expires_at: Date | null;
  readonly used_at: Date | null;
  readonly used_by: string | null;
  readonly withdrawn_at: Date | null;
}

export async function putInvitation(
  sql: Sql,
  o: {
    readonly member: string;
    readonly digest: Uint8Array;
    readonly id: string;
    readonly by: string;
    readonly now: Date;
    readonly expires: Date;
  },
): Promise<boolean> {
  const made = await sql.run(
    `insert into exchange.invitation (token_sha256, member, made_at, id, made_by, expires_at)
     select $1, path, $3, $4, $5, $6 from exchange.member where path = $2 and left_at is null`,
    [o.digest, o.member, o.now, o.id, o.by, o.expires],
  );
  return made === 1;
}

/** Uses an invitation up. False when it is unknown, for another member, used before, withdrawn or over. */
export async function useInvitation(
  sql: Sql,
  o: { readonly member: string; readonly gateway: string; readonly digest: Uint8Array; readonly now: Date },
): Promise<boolean> {
  const used = await sql.run(
    `update exchange.invitation set used_at = $3, used_by = $4
     where token_sha256 = $1 and member = $2 and used_at is null and withdrawn_at is null
       and (expires_at is null or expires_at > $3)`,
    [o.digest, o.member, o.now, o.gateway],
  );
  return used === 1;
}

/** Invitations, newest first. */
export function invitationRows(sql: Sql): Promise<InvitationRow[]> {
  return sql.query<InvitationRow>(
    `select id, member, made_at, made_by, expires_at, used_at, used_by, withdrawn_at
     from exchange.invitation where id is not null order by made_at desc, id desc`,
  );
}

/** Withdraws an open invitation and answers whose it was. */
export function withdrawInvitation(tx: Sql, id: string, now: Date): Promise<{ member: string } | undefined> {
  return tx.one<{ member: string }>(
    `update exchange.invitation set withdrawn_at = $2
     where id = $1 and used_at is null and withdrawn_at is null returning member`,
    [id, now],
  );
}

/** An enrolled gateway, locked until the transaction ends. */
export function gatewayRow(sql: Sql, path: string): Promise<GatewayRow | undefined> {
  return sql.one<GatewayRow>(
    "select * from exchange.registered_gateway where path = $1 and retired_at is null for update",
    [path],
  );
}

export function gatewayRows(sql: Sql): Promise<GatewayRow[]> {
  return sql.query<GatewayRow>("select * from exchange.registered_gateway where retired_at is null order by path");
}

/**
 * What other members' gateways have registered, those that are retired among them: ids of keys, and the names of their
 * logs (origins, and the names their keys carry). One gateway at a time enrols until the transaction ends.
 */
export async function registeredByOthers(
  tx: Sql,
  member: string,
): Promise<{ readonly keyids: ReadonlySet<string>; readonly logNames: ReadonlySet<string> }> {
  await tx.run("select pg_advisory_xact_lock(hashtext('exchange.enrol'))");
  const rows = await tx.query<Pick<GatewayRow, "signing_keys" | "logs">>(
    "select signing_keys, logs from exchange.registered_gateway where member <> $1",
    [member],
  );
  return {
    keyids: new Set(rows.flatMap((row) => row.signing_keys.map((key) => key.keyid))),
    logNames: new Set(rows.flatMap((row) => row.logs.flatMap(logNames))),
  };
}

/** The names under which readers look for a log: its origin, and the name that its key carries (C2SP signed-note). */
export function logNames({ origin, vkey }: RegisteredLog): readonly string[] {
  const end = vkey.indexOf("+");
  return end < 0 ? [origin] : [origin, vkey.slice(0, end)];
}

export async function retireGatewayRow(tx: Sql, path: string, now: Date): Promise<void> {
  await tx.run("update exchange.registered_gateway set retired_at = $2 where path = $1", [path, now]);
}

export async function putGateway(sql: Sql, row: GatewayRow): Promise<void> {
  await sql.run(
    `insert into exchange.registered_gateway (path, member, address, clients, certificates, signing_keys, logs)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (path) do update set address = excluded.address, clients = excluded.clients,
       certificates = excluded.certificates, signing_keys = excluded.signing_keys, logs = excluded.logs,
       retired_at = null`,
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

/** A configuration that was issued, as pages list it. */
export interface IssuedRow {
  readonly version: bigint;
  readonly issued: Date;
  readonly content: string;
}

/** The versions at which the content changed, newest first. Others only renewed the times. */
export function contentChanges(sql: Sql, limit: number): Promise<IssuedRow[]> {
  return sql.query<IssuedRow>(
    `select version, issued, content from (
       select version, issued, content, lag(content) over (order by version) as before
       from exchange.issued_configuration where content is not null) as one
     where content is distinct from before order by version desc limit $1`,
    [limit],
  );
}

export function issuedDocument(sql: Sql, version: number): Promise<{ document: string } | undefined> {
  return sql.one("select document from exchange.issued_configuration where version = $1", [version]);
}

/** The newest document, if it is newer than a version. */
export function documentAfter(sql: Sql, version: number): Promise<{ version: bigint; document: string } | undefined> {
  return sql.one(
    `select version, document from exchange.issued_configuration where version > $1 order by version desc limit 1`,
    [version],
  );
}

/** Remembers what a gateway said; false when it has been said before. Older than its time limit is forgotten. */
export async function hear(tx: Sql, digest: Uint8Array, now: Date): Promise<boolean> {
  await tx.run("delete from exchange.heard_statement where at < $1", [new Date(now.getTime() - 3_600_000)]);
  const heard = await tx.run(
    "insert into exchange.heard_statement (digest, at) values ($1, $2) on conflict do nothing",
    [digest, now],
  );
  return heard === 1;
}

export async function rootDocuments(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ document: string }>("select document from exchange.authority_root order by version");
  return rows.map((row) => row.document);
}

export async function putRoot(tx: Sql, version: number, document: string, now: Date): Promise<void> {
  await tx.run("insert into exchange.authority_root (version, document, installed_at) values ($1, $2, $3)", [
    version,
    document,
    now,
  ]);
}

export function groups(sql: Sql): Promise<GlobalGroup[]> {
  return sql.query<GlobalGroup>("select code, name, members from exchange.member_group order by code");
}

/** Makes or replaces a group; false when another's code differs only by case. */
export async function putGroup(tx: Sql, group: GlobalGroup): Promise<boolean> {
  const folded = group.code.toLowerCase();
  if (await tx.one("select 1 from exchange.member_group where folded = $1 and code <> $2", [folded, group.code]))
    return false;
  await tx.run(
    `insert into exchange.member_group (code, folded, name, members) values ($1, $2, $3, $4)
     on conflict (code) do update set name = excluded.name, members = excluded.members`,
    [group.code, folded, JSON.stringify(group.name), JSON.stringify(group.members)],
  );
  return true;
}

export async function removeGroup(tx: Sql, code: string): Promise<boolean> {
  return (await tx.run("delete from exchange.member_group where code = $1", [code])) === 1;
}
