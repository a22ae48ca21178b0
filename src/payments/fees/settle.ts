import { err, isUuid, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { sha256Hex } from "../binding.ts";
import { insertProgramme } from "../books/store-books.ts";
import { applyReport } from "./apply-report.ts";
import type { SettlementFile, SettlementLine } from "./contract.ts";
import { providerOf, type Fees } from "./open.ts";
import type { FeesRefusal } from "./problems.ts";
import { feeAccountOf } from "./states.ts";
import { chargeById, feeById, type Charge } from "./store.ts";
import {
  bookedLines,
  bookLine,
  feeAccountsApart,
  hasSettlementFile,
  insertSettlementFile,
  isSettled,
  type SettlementRow,
} from "./store-settlement.ts";

/** Where lines are booked that belong to no charge of ours. */
const unmatched = "fee-unmatched";

export interface SettlementReceipt {
  /** `undefined`: the provider has no file for the day yet. */
  readonly file: string | undefined;
  /** Lines booked now; the others were booked before. */
  readonly booked: number;
}

/**
 * Fetches what a provider handed over for a day and books each of its lines once: from what it owes us to what is banked. A
 * line for a charge that we believed unpaid is the provider's word that it was paid, and is applied as such. What fits no
 * charge is booked to `suspense`, so that money which arrived is somewhere.
 * @param day `YYYY-MM-DD` in the country's time
 */
export async function settleDay(
  fees: Fees,
  o: { readonly provider: string; readonly day: string },
): Promise<Result<SettlementReceipt, FeesRefusal<"provider-unknown" | "provider-silent">>> {
  const provider = providerOf(fees, o.provider);
  if (!provider) return err({ code: "provider-unknown" });
  let file: SettlementFile | undefined;
  try {
    file = await provider.settlement(o.day);
  } catch (cause) {
    return err({ code: "provider-silent", inside: String(cause) });
  }
  if (!file) return ok({ file: undefined, booked: 0 });
  const { name, content, lines } = file;
  const sha256 = sha256Hex(content);
  return fees.database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`settlement/${provider.id}`]);
    await insertSettlementFile(tx, { sha256, provider: provider.id, day: o.day, name, content, at: fees.clock.now() });
    const known = await bookedLines(
      tx,
      provider.id,
      lines.map(({ reference }) => reference),
    );
    const fresh = lines.filter(({ reference }, at) => !known.has(reference) && firstOf(lines, reference) === at);
    for (const line of fresh) await settleLine(fees, tx, { provider: provider.id, file: sha256, day: o.day }, line);
    return ok({ file: name, booked: fresh.length });
  });
}

/** Fetches a day's file of every provider whose file of that day is not there yet. */
export async function settleIfMissing(fees: Fees, day: string): Promise<void> {
  for (const { id } of fees.providers)
    if (!(await hasSettlementFile(fees.database, id, day))) await settleDay(fees, { provider: id, day });
}

function firstOf(lines: readonly SettlementLine[], reference: string): number {
  return lines.findIndex((line) => line.reference === reference);
}

async function settleLine(
  fees: Fees,
  tx: Sql,
  where: { readonly provider: string; readonly file: string; readonly day: string },
  line: SettlementLine,
): Promise<void> {
  const found = isUuid(line.charge) ? await chargeById(tx, line.charge) : undefined;
  const ours = found?.provider === where.provider && line.currency === fees.currency.code ? found : undefined;
  const outcome = await judgeLine(fees, tx, line, ours);
  const fits = outcome === "matched" || outcome === "amount-differs";
  const programme = fits && ours ? (await feeById(tx, ours.fee))!.programme : unmatched;
  if (!fits) await insertProgramme(tx, unmatched);
  const other = fits ? "fee-at-provider" : "suspense";
  const [from, to] = line.kind === "payment" ? [other, "fee-banked"] : ["fee-banked", other];
  const row: SettlementRow = { ...where, ...line, charge: ours?.id ?? null, outcome };
  await bookLine(tx, row, { programme, from, to, at: fees.clock.now() });
}

async function judgeLine(
  fees: Fees,
  tx: Sql,
  line: SettlementLine,
  charge: Charge | undefined,
): Promise<SettlementRow["outcome"]> {
  if (!charge) return "unmatched";
  let now = charge;
  if (line.kind === "payment" && charge.taken === null) {
    const report = { state: "paid", amount: line.amount, currency: line.currency, method: "settlement" } as const;
    const detail = { settlement: line.reference };
    now = (await applyReport(fees, tx, charge.id, report, { by: charge.provider, detail })).charge;
  }
  const expected =
    line.kind === "payment" ? now.taken !== null : now.state === "refunded" || now.state === "refund-requested";
  if (!expected || (await isSettled(tx, charge.id, line.kind))) return "not-expected";
  return line.amount === now.taken ? "matched" : "amount-differs";
}

export interface FeeBookFault {
  readonly programme: string;
  readonly account: string;
  readonly balance: bigint;
  /** What charges and settled lines say it should be. */
  readonly expected: bigint;
}

/**
 * Proves the fees' books from the rows they rest on: income is what stands paid, what is owed back is what waits for its
 * refund, and what the provider owes us is what it took less what it handed over. An empty list is the proof.
 */
export async function proveFees(fees: Fees): Promise<readonly FeeBookFault[]> {
  const rows = await feeAccountsApart(fees.database, feeAccountOf);
  return rows.map((row) => ({ ...row, balance: BigInt(row.balance), expected: BigInt(row.expected) }));
}
