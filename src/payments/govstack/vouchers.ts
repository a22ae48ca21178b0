import { randomInt } from "node:crypto";
import { err, ok, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import { refuseOverdraft } from "../books/books.ts";
import type { Account } from "../contract.ts";
import { grantEntitlement } from "../grant.ts";
import { releasePayment } from "../release.ts";
import { openProgrammeById } from "../store-programmes.ts";
import { sha256, type PaymentApi } from "./api.ts";
import type { ApiClient } from "./client.ts";
import { makerOf } from "./propose.ts";
import {
  insertVoucher,
  insertVoucherEvent,
  lockExpired,
  lockGroup,
  setVoucherPayment,
  voucherByNumber,
  voucherBySerial,
  type VoucherRow,
} from "./store-vouchers.ts";
import { voucherAfter, type VoucherEvent } from "./voucher-states.ts";

/** What vouchers an officer allowed to be made; the second approval of every payment to a merchant that takes one. */
export interface VoucherGroup {
  readonly id: string;
  readonly programme: string;
  /** The largest voucher, in the currency's smallest unit. */
  readonly largest: bigint;
  /** Vouchers that may be in being at once. */
  readonly most: number;
  readonly validDays: number;
  /** The human who allowed it: every voucher of the group is paid on this approval. */
  readonly approvedBy: string;
}

export interface VoucherWish {
  readonly group: string;
  readonly amount: bigint;
  /** The client's own number for it. */
  readonly reference?: string;
  /** Whom it is for and why; kept sealed. */
  readonly note?: { readonly payee?: string; readonly text?: string };
}

export type VoucherFault = "group unknown" | "amount not allowed" | "group exhausted";

/** Makes a voucher and reserves its money. It is worth nothing before it is activated. */
export async function makeVoucher(
  api: PaymentApi,
  client: ApiClient,
  wish: VoucherWish,
  sql: Sql = api.payments.database,
): Promise<Result<VoucherRow, VoucherFault>> {
  const group = api.groupById.get(wish.group);
  if (!group || !client.programmes.includes(group.programme)) return err("group unknown");
  if (wish.amount <= 0n || wish.amount > group.largest || wish.amount > client.limits.payment)
    return err("amount not allowed");
  const now = api.payments.clock.now();
  const id = uuidV7(now);
  const row = {
    id,
    serial: eighteenDigits(),
    client: client.id,
    institution: client.institution,
    group: group.id,
    programme: group.programme,
    amount: wish.amount,
    reference: wish.reference ?? null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + group.validDays * 86_400_000),
  };
  return sql
    .transaction(async (tx): Promise<Result<VoucherRow, VoucherFault>> => {
      if ((await lockGroup(tx, group.id)) >= group.most) return err("group exhausted");
      const programme = await openProgrammeById(tx, group.programme);
      if (!programme) return err("group unknown");
      const { thirdAbove } = programme.limits;
      if (thirdAbove !== undefined && wish.amount > thirdAbove) return err("amount not allowed");
      const index = numberIndex(api, numberOf(api, row));
      const sealed = wish.note ? api.sealing.seal(wish.note, `voucher ${id}`) : null;
      await insertVoucher(tx, { ...row, index, sealed });
      const moved = await step(api, tx, { ...row, state: "none", entitlement: null }, "pre-activated", client);
      return ok(moved);
    })
    .catch((fault: unknown) => {
      refuseOverdraft(fault);
      return err("group exhausted" as const);
    });
}

/**
 * The secret number of a voucher: 18 digits made of its id under the site's secret, so that a repeated request can be
 * answered and nobody who reads the database can spend it. Fits a 64-bit integer, as the published file has it.
 */
export function numberOf(api: PaymentApi, { id }: Pick<VoucherRow, "id">): string {
  const bits = api.sealing.index("voucher number", id).readBigUInt64BE();
  return String(100_000_000_000_000_000n + (bits % 900_000_000_000_000_000n));
}

function numberIndex(api: PaymentApi, number: string): Buffer {
  return api.sealing.index("voucher", number);
}

export type StepFault = "serial number unknown" | "not possible";

/** Activates, suspends, resumes or cancels a voucher of the client's institution. */
export async function moveVoucher(
  api: PaymentApi,
  client: ApiClient,
  serial: string,
  event: Exclude<VoucherEvent, "redeemed" | "expired" | "pre-activated">,
): Promise<Result<VoucherRow, StepFault>> {
  return api.payments.database.transaction(async (tx): Promise<Result<VoucherRow, StepFault>> => {
    const voucher = await voucherBySerial(tx, client.institution, serial, "for update");
    if (!voucher || isExpired(api, voucher)) return err("serial number unknown");
    if (voucherAfter(voucher.state, event) === undefined) return err("not possible");
    return ok(await step(api, tx, voucher, event, client));
  });
}

export interface Redemption {
  readonly number: string;
  /** Given, it must be the voucher's. */
  readonly serial?: string;
  /** What the merchant sells; another group than the voucher's only with `override`. */
  readonly merchantGroup?: string;
  readonly override?: boolean;
  readonly merchant: { readonly name: string; readonly account: Account };
}

export type RedemptionFault = "number not valid" | "insufficient funds" | "merchant cannot be credited";

/**
 * Takes a voucher once, however many ask at the same moment, and pays the merchant: the redeeming client is the maker, the
 * officer who allowed the group the checker. Voucher, reservation and payment move together or not at all.
 */
export async function redeemVoucher(
  api: PaymentApi,
  client: ApiClient,
  { number, serial, merchantGroup, override, merchant }: Redemption,
): Promise<Result<VoucherRow, RedemptionFault>> {
  let fault: RedemptionFault = "number not valid";
  const undo = (reason: RedemptionFault): never => {
    fault = reason;
    throw new Error("undone");
  };
  try {
    return await api.payments.database.transaction(async (tx): Promise<Result<VoucherRow, RedemptionFault>> => {
      const voucher = await voucherByNumber(tx, numberIndex(api, number), "for update");
      const group = voucher && api.groupById.get(voucher.group);
      const usable = voucher && group && voucher.state === "activated" && !isExpired(api, voucher);
      if (!usable || (serial !== undefined && serial !== voucher.serial)) return err("number not valid");
      if (!client.programmes.includes(voucher.programme)) return err("number not valid");
      if (merchantGroup !== undefined && merchantGroup !== voucher.group && override !== true)
        return err("number not valid");
      const moved = await step(api, tx, voucher, "redeemed", client);
      const programme = await openProgrammeById(tx, voucher.programme);
      const granted = await grantEntitlement(
        api.payments,
        {
          caseRef: `V${voucher.serial}`,
          programme: voucher.programme,
          payee: merchant,
          amount: voucher.amount,
          purpose: programme?.purpose ?? { code: "GOVT", text: programme?.title["zh-Hant"] ?? voucher.programme },
          decisionHash: sha256(`voucher ${voucher.id}`).toString("hex"),
          factsHash: sha256(JSON.stringify([voucher.id, voucher.serial, String(voucher.amount)])).toString("hex"),
          approvedBy: makerOf(client.id),
        },
        tx,
      );
      if (!granted.ok) return undo("merchant cannot be credited");
      const { entitlementId } = granted.value;
      const released = await releasePayment(api.payments, { entitlementId, releasedBy: group.approvedBy }, tx);
      if (!released.ok)
        return undo(released.error.code === "budget-exhausted" ? "insufficient funds" : "merchant cannot be credited");
      await setVoucherPayment(tx, voucher.id, entitlementId);
      return ok({ ...moved, entitlement: entitlementId });
    });
  } catch (thrown) {
    if ((thrown as Error).message !== "undone") throw thrown;
    return err(fault);
  }
}

/** Frees the money of vouchers whose time is over. @returns how many */
export async function expireVouchers(api: PaymentApi): Promise<number> {
  return api.payments.database.transaction(async (tx) => {
    const over = await lockExpired(tx, api.payments.clock.now(), 500);
    for (const voucher of over) await step(api, tx, voucher, "expired", undefined);
    return over.length;
  });
}

export function isExpired(api: PaymentApi, { expiresAt, state }: VoucherRow): boolean {
  return (
    state === "expired" || (state !== "redeemed" && state !== "cancelled" && expiresAt <= api.payments.clock.now())
  );
}

async function step(
  api: PaymentApi,
  tx: Sql,
  voucher: VoucherRow,
  event: VoucherEvent,
  client: ApiClient | undefined,
): Promise<VoucherRow> {
  const to = voucherAfter(voucher.state, event);
  if (to === undefined)
    throw Object.assign(new Error(`no ${event} from ${voucher.state}`), { code: "transition-forbidden" });
  const by = client ? makerOf(client.id) : "system";
  await insertVoucherEvent(tx, voucher.id, { from: voucher.state, event, to, at: api.payments.clock.now(), by });
  return { ...voucher, state: to };
}

/** Not to be guessed, and a number that fits 64 bits. */
function eighteenDigits(): string {
  return `${randomInt(1e8, 1e9)}${String(randomInt(0, 1e9)).padStart(9, "0")}`;
}
