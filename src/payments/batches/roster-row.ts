import { err, ok, type Result } from "#kernel";
import type { Account } from "../contract.ts";
import { parseAmount } from "../bank/credit-transfer.ts";
import { remittanceText } from "../grant.ts";
import type { Payments } from "../open.ts";
import { isPayableText } from "../payable-text.ts";
import type { PaymentsProblem } from "../problems.ts";
import type { Programme } from "../store-programmes.ts";

/** Why a row of a roster is not paid: codes of `paymentsProblems`. */
export type RowRefusal = Extract<
  PaymentsProblem,
  | "row-malformed"
  | "row-too-long"
  | "row-encoding"
  | "row-reference"
  | "row-repeated"
  | "row-programme"
  | "row-currency"
  | "payee-invalid"
  | "amount-invalid"
  | "account-invalid"
  | "institution-unknown"
  | "institution-merged"
>;

/** A row that passed every check. */
export interface RosterRow {
  readonly reference: string;
  readonly payeeName: string;
  /** In the clearing system's form. */
  readonly account: Account;
  /** In the currency's smallest unit. */
  readonly amount: bigint;
}

export const requiredColumns = ["reference", "name", "institution", "account", "amount"] as const;
const optionalColumns: readonly string[] = ["currency", "programme"];

/** How to take the cells of a line: the place of each column, or `undefined` for JSON lines. */
export type RosterHead = ReadonlyMap<string, number> | "jsonl";

/** Reads a roster's first line. A head names every required column once, and none that is not known. */
export function readHead(line: string): RosterHead | undefined {
  if (line.trimStart().startsWith("{")) return "jsonl";
  const names = cellsOf(line)?.map((name) => name.trim().toLowerCase());
  if (!names || new Set(names).size !== names.length) return undefined;
  const known: readonly string[] = [...requiredColumns, ...optionalColumns];
  if (!names.every((name) => known.includes(name)) || !requiredColumns.every((name) => names.includes(name)))
    return undefined;
  return new Map(names.map((name, place) => [name, place]));
}

/** What is checked against. */
export interface RowRules {
  readonly payments: Payments;
  readonly programme: Programme & { readonly purpose: NonNullable<Programme["purpose"]> };
  readonly head: RosterHead;
  /** Today, for the directory of institutions. */
  readonly day: string;
}

/** Checks one line whole: form, reference, payee, amount, account. Pure. */
export function readRow(line: string, rules: RowRules): Result<RosterRow, { code: RowRefusal; reference?: string }> {
  const cell = cellReader(line, rules.head);
  if (!cell) return err({ code: "row-malformed" });
  const reference = cell("reference") ?? "";
  const { programme, payments } = rules;
  if (!isPayableText(reference, 40) || !isPayableText(remittanceText(programme.purpose, reference), 140))
    return err({ code: "row-reference" });
  const refuse = (code: RowRefusal): Result<never, { code: RowRefusal; reference: string }> => err({ code, reference });
  const ofProgramme = cell("programme");
  if (ofProgramme !== undefined && ofProgramme !== programme.id) return refuse("row-programme");
  const { code: currency, decimals } = payments.banking.currency;
  if ((cell("currency") ?? currency) !== currency) return refuse("row-currency");
  const payeeName = cell("name") ?? "";
  if (!isPayableText(payeeName, 140)) return refuse("payee-invalid");
  const amount = parseAmount(cell("amount") ?? "", decimals);
  const largest = programme.limits.perPayment ?? payments.largestAmount;
  if (amount === undefined || amount <= 0n || amount > largest || amount > payments.largestAmount)
    return refuse("amount-invalid");
  const account = payments.banking.checkAccount(
    { institution: cell("institution") ?? "", number: cell("account") ?? "" },
    rules.day,
  );
  return account.ok ? ok({ reference, payeeName, account: account.value, amount }) : refuse(account.error.code);
}

function cellReader(line: string, head: RosterHead): ((name: string) => string | undefined) | undefined {
  if (head === "jsonl") {
    const row = jsonRow(line);
    return row && ((name) => row[name]);
  }
  const cells = cellsOf(line);
  if (cells?.length !== head.size) return undefined;
  return (name) => {
    const place = head.get(name);
    return place === undefined ? undefined : cells[place];
  };
}

/** A flat object of texts; an amount may be a whole number that JSON can carry exactly. */
function jsonRow(line: string): Record<string, string> | undefined {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) return undefined;
  const texts: Record<string, string> = {};
  const known: readonly string[] = [...requiredColumns, ...optionalColumns];
  for (const [name, value] of Object.entries(row)) {
    if (!known.includes(name)) return undefined;
    if (typeof value === "string") texts[name] = value;
    else if (name === "amount" && Number.isSafeInteger(value)) texts[name] = String(value);
    else return undefined;
  }
  return texts;
}

/** The cells of a line of CSV (RFC 4180, but a cell holds no line break); `undefined` when its quotes are wrong. */
export function cellsOf(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  for (let at = 0; ; at += 1) {
    if (line[at] !== '"') {
      const comma = line.indexOf(",", at);
      const cell = line.slice(at, comma === -1 ? undefined : comma);
      if (cell.includes('"')) return undefined;
      cells.push(cell);
      if (comma === -1) return cells;
      at = comma;
      continue;
    }
    let cell = "";
    for (let from = at + 1; ;) {
      const quote = line.indexOf('"', from);
      if (quote === -1) return undefined;
      cell += line.slice(from, quote);
      if (line[quote + 1] !== '"') {
        at = quote + 1;
        break;
      }
      cell += '"';
      from = quote + 2;
    }
    cells.push(cell);
    if (at === line.length) return cells;
    if (line[at] !== ",") return undefined;
  }
}
