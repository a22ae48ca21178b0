import { err, ok, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import type { Account, OwnerVerdict } from "../contract.ts";
import { checkOwner } from "../check-owner.ts";
import { bankAccount, readAccount, type Modality } from "./address.ts";
import type { Holder, PaymentApi } from "./api.ts";
import type { ApiClient } from "./client.ts";
import { insertLinkEvent, linkOf, putLink, type LinkRow } from "./store-mapper.ts";

/** Where a payee wants money, opened. */
export interface Link {
  readonly payee: string;
  readonly modality: Modality;
  /** As the client gave it; for a bank account, see `account`. */
  readonly address: string;
  readonly account?: Account;
  /** As banks know the payee, if anybody said. */
  readonly holder?: Holder;
  /** What the bank said about the account's owner: `unchecked` if it was not asked. */
  readonly verdict: OwnerVerdict["result"] | "unchecked";
  readonly changedAt: Date;
}

/** A change that a client wants. */
export interface LinkWish {
  readonly kind: "link" | "update";
  /** The payee's functional id in the client's own register. */
  readonly payee: string;
  readonly modality: Modality;
  readonly address?: string;
  /** The bank's code, where the address does not have it. */
  readonly bank?: string;
  /** How banks know the payee; what the operator can look up counts over it. */
  readonly holder?: Holder;
}

export type LinkFault =
  | "already registered"
  | "not registered"
  | "account not usable"
  | "the bank says that the account is not the payee's"
  | "too many account checks today"
  | "no address";

interface Sealed {
  readonly payee: string;
  readonly address: string;
  readonly account?: Account;
  readonly holder?: Holder;
}

/** Verdicts after which money must not go there. `unknown` is a bank that did not answer: accepted, and unchecked. */
const against: ReadonlySet<string> = new Set([
  "number-differs",
  "name-differs",
  "no-such-account",
  "closed",
  "blocked",
  "branch-wrong",
]);

/**
 * Links a payee to an address, or changes the link. A bank account is checked with its bank while the client waits for the
 * result, if anybody can say who the payee is. One event for each change; asked again for what is so already, it answers
 * the same and writes nothing.
 */
export async function changeLink(
  api: PaymentApi,
  client: ApiClient,
  wish: LinkWish,
  request: string,
): Promise<Result<Link, LinkFault>> {
  const { institution } = client;
  const { database, clock } = api.payments;
  const index = payeeIndex(api, institution, wish.payee);
  const before = await linkOf(database, institution, index);
  const active = before?.active ? openLink(api, before) : undefined;
  if (wish.kind === "update" && !active) return err("not registered");
  const address = wish.address ?? active?.address;
  if (address === undefined && wish.modality !== "02") return err("no address");

  const account = await usableAccount(api, client, index, {
    ...(active?.holder && { holder: active.holder }),
    ...wish,
    address: address ?? "",
  });
  if (!account.ok) return account;
  const { verdict, holder } = account.value;
  const sealed: Sealed = {
    payee: wish.payee,
    address: address ?? "",
    ...(account.value.account && { account: account.value.account }),
    ...(holder && { holder }),
  };
  const link: Link = { ...sealed, modality: wish.modality, verdict, changedAt: clock.now() };
  return database.transaction(async (tx): Promise<Result<Link, LinkFault>> => {
    const now = await linkOf(tx, institution, index, "for update");
    const same = now?.active ? openLink(api, now) : undefined;
    if (wish.kind === "link" && same) return sameAddress(same, link) ? ok(same) : err("already registered");
    if (wish.kind === "update" && !same) return err("not registered");
    // A day of waiting begins with a new address, not with the same one said again.
    const changedAt = same && sameAddress(same, link) ? same.changedAt : link.changedAt;
    const id = now?.id ?? uuidV7(clock.now());
    const stored = await putLink(tx, {
      id,
      institution,
      index,
      sealed: api.sealing.seal(sealed, `link ${id}`),
      modality: wish.modality,
      verdict,
      active: true,
      changedAt,
    });
    if (!stored) return err("already registered");
    await note(api, tx, { id, event: same ? "updated" : "linked", client, request, link });
    return ok({ ...link, changedAt });
  });
}

/** Ends a link; its history stays. */
export async function unlink(
  api: PaymentApi,
  client: ApiClient,
  payee: string,
  request: string,
): Promise<Result<Link, LinkFault>> {
  const { institution } = client;
  const index = payeeIndex(api, institution, payee);
  return api.payments.database.transaction(async (tx): Promise<Result<Link, LinkFault>> => {
    const row = await linkOf(tx, institution, index, "for update");
    if (!row?.active) return err("not registered");
    const link = openLink(api, row);
    await putLink(tx, { ...row, active: false, changedAt: api.payments.clock.now() });
    await note(api, tx, { id: row.id, event: "unlinked", client, request, link });
    return ok(link);
  });
}

/** Where a payee of this institution wants money. */
export async function resolveLink(
  api: PaymentApi,
  institution: string,
  payee: string,
  sql: Sql = api.payments.database,
): Promise<Link | undefined> {
  const row = await linkOf(sql, institution, payeeIndex(api, institution, payee));
  return row?.active ? openLink(api, row) : undefined;
}

export function payeeIndex(api: PaymentApi, institution: string, payee: string): Buffer {
  return api.sealing.index("payee", institution, payee);
}

function openLink(api: PaymentApi, row: LinkRow): Link {
  const sealed = api.sealing.open(row.sealed, `link ${row.id}`) as Sealed;
  return { ...sealed, modality: row.modality, verdict: row.verdict, changedAt: row.changedAt };
}

function sameAddress(one: Link, other: Link): boolean {
  return (
    one.modality === other.modality &&
    one.account?.institution === other.account?.institution &&
    one.account?.number === other.account?.number &&
    (one.account !== undefined || one.address === other.address)
  );
}

async function usableAccount(
  api: PaymentApi,
  client: ApiClient,
  index: Buffer,
  wish: LinkWish & { readonly address: string },
): Promise<Result<{ account?: Account; verdict: Link["verdict"]; holder?: Holder }, LinkFault>> {
  const looked = await api.holderOf?.(client.institution, wish.payee);
  const holder = looked ?? wish.holder;
  const known = holder && { holder };
  if (wish.modality !== bankAccount) return ok({ verdict: "unchecked", ...known });
  const read = readAccount(api.payments, wish.address, wish.bank);
  if (!read.ok) return err("account not usable");
  if (!api.owners || holder?.number === undefined) return ok({ account: read.value, verdict: "unchecked", ...known });
  const asked = await checkOwner(api.payments, api.owners, {
    person: `api:${index.toString("base64url")}`,
    account: read.value,
    holderNumber: holder.number,
    holderName: holder.name,
  });
  if (!asked.ok)
    return err(asked.error.code === "owner-check-limit" ? "too many account checks today" : "account not usable");
  const { account, verdict } = asked.value;
  if (against.has(verdict.result)) return err("the bank says that the account is not the payee's");
  return ok({ account, verdict: verdict.result, ...known });
}

async function note(
  api: PaymentApi,
  tx: Sql,
  o: {
    readonly id: string;
    readonly event: "linked" | "updated" | "unlinked";
    readonly client: ApiClient;
    readonly request: string;
    readonly link: Link;
  },
): Promise<void> {
  await insertLinkEvent(tx, {
    link: o.id,
    event: o.event,
    client: o.client.id,
    request: o.request,
    modality: o.link.modality,
    verdict: o.link.verdict,
    address: api.sealing.index("address", o.link.address),
    at: api.payments.clock.now(),
  });
}
