import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { systemClock, type Localised, type Refusal } from "#kernel";
import {
  openPayments,
  paymentsProblems,
  rosterProgress,
  type Banking,
  type Payer,
  type Payments,
  type Roster,
} from "#payments";
import { openDatabase } from "#store";
import { messageOf } from "./answer.ts";

export interface PaymentsOptions {
  readonly database?: string;
  readonly country: string;
  readonly payer?: string;
  readonly json?: boolean;
}

export interface ImportOptions extends PaymentsOptions {
  readonly programme: string;
  readonly decision: string;
  readonly name?: string;
  readonly by?: string;
  readonly ownersChecked?: boolean;
  readonly errors?: string;
  readonly out?: string;
  readonly mostRefusals?: number;
}

export interface BatchOptions extends PaymentsOptions {
  readonly programme?: string;
  readonly decision?: string;
  readonly payOn?: string;
  readonly by?: string;
  readonly sha256?: string;
  readonly reason?: string;
}

export interface ExportOptions extends PaymentsOptions {
  readonly programme?: string;
  readonly state?: readonly string[];
  readonly make?: boolean;
  readonly out?: string;
}

export type Status = 0 | 1 | 2;

/** Opens the payments of a database, does the work, and closes it. What cannot be done is one line and status 2. */
export async function withPayments(
  options: PaymentsOptions,
  work: (payments: Payments) => Promise<Status>,
): Promise<Status> {
  const address = options.database ?? process.env["DATABASE_URL"];
  if (!address) {
    console.error("Say which database: --database postgres://…, or DATABASE_URL.");
    return 2;
  }
  const database = openDatabase(address, { max: 4 });
  try {
    const payer = options.payer === undefined ? nobody : payerFile.parse(jsonFile(options.payer));
    const banking = await bankingOf(options.country);
    return await work(await openPayments({ database, clock: systemClock, banking, payer }));
  } catch (fault) {
    console.error(messageOf(fault));
    return 2;
  } finally {
    await database.close();
  }
}

const accountShape = z.strictObject({ institution: z.string(), number: z.string() });
export const payerFile: z.ZodType<Payer> = z.strictObject({
  agencyName: z.string().min(1),
  organisationId: z.string().min(1),
  accountName: z.string().min(1),
  account: accountShape,
});
/** Who pays when nobody was named: no bank takes such a file, so a programme without a payer needs `--payer`. */
export const nobody: Payer = {
  agencyName: "",
  organisationId: "",
  accountName: "",
  account: { institution: "", number: "" },
};

async function bankingOf(country: string): Promise<Banking> {
  const module = (await import(pathToFileURL(resolve(country)).href)) as { readonly country?: { banking?: Banking } };
  const banking = module.country?.banking;
  if (!banking) throw new Error(`${country} exports no country with banks`);
  return banking;
}

export function jsonFile(name: string): unknown {
  return JSON.parse(readFileSync(name, "utf8"));
}

/** Drops what is absent, as the verbs' options want it. */
export function given<Options extends Record<string, unknown>>(
  options: Options,
): { [Key in keyof Options]: NonNullable<Options[Key]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]: NonNullable<Options[Key]>;
  };
}

export function print(options: Pick<PaymentsOptions, "json">, value: unknown, lines: () => readonly string[]): Status {
  if (options.json)
    console.log(JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part), 2));
  else for (const line of lines()) console.log(line);
  return 0;
}

/** A refusal in both languages, with what to do. */
export function refused(options: Pick<PaymentsOptions, "json">, refusal: Refusal): 1 {
  const problem = (paymentsProblems as Record<string, { title: Localised; action: Localised }>)[refusal.code];
  const { params } = refusal;
  if (options.json) console.log(JSON.stringify({ refused: refusal.code, ...(params && { params }) }));
  const facts = params ? ` ${JSON.stringify(params)}` : "";
  console.error(`${refusal.code}${facts}`);
  if (problem)
    console.error(
      `${problem.title["zh-Hant"]}。${problem.action["zh-Hant"]}\n${problem.title.en}. ${problem.action.en}`,
    );
  return 1;
}

export const money: (value: bigint) => string = (value) => value.toLocaleString("en-US");

export function progressLine(now: Roster): string {
  const { rowsPerSecond, share, secondsLeft } = rosterProgress(now, systemClock.now());
  const far = share === undefined ? "" : ` ${(share * 100).toFixed(1)} %`;
  const left = secondsLeft === undefined ? "" : `, ${Math.ceil(secondsLeft)} s left`;
  return `${now.rows} rows${far}, ${Math.round(rowsPerSecond)} a second${left}, ${now.refused} refused`;
}

/** Writes text piece by piece; a full disk is a fault that names the file, and leaves nothing that looks whole. */
export async function writePieces(pieces: AsyncIterable<string>, name: string | undefined): Promise<void> {
  if (name === undefined) {
    for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, "drain");
    return;
  }
  try {
    await pipeline(pieces, createWriteStream(name));
  } catch (cause) {
    throw new Error(
      `${name} could not be written whole: ${messageOf(cause)}. What was imported is not touched; write it again with "payments refused".`,
      { cause },
    );
  }
}

export const states: (counts: Readonly<Record<string, number>>) => string = (counts) =>
  Object.entries(counts)
    .map(([state, count]) => `${state} ${count}`)
    .join(", ");

/** A spreadsheet would calculate what begins with one of these. */
export function cell(text: string): string {
  const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
