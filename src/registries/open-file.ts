import { access, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "#kernel";
import { err, ok, type Result } from "#kernel";
import { openDatabase } from "#store";
import { prepareChecked } from "./check.ts";
import { defaultTimeoutSeconds, type RegisterDeclaration } from "./declaration.ts";
import { fileSource, type FileSourceOptions } from "./files/file-source.ts";
import { readDeclaration, type DraftDeclaration } from "./read-declaration.ts";
import { openRegister, type Register, type RegisterOptions } from "./register.ts";
import { restSource } from "./rest-source.ts";
import { sampleCalls, type SampleCall } from "./sample.ts";
import { declarationFault, type Finding, type RegisterSource, type Source } from "./source.ts";
import { tableSource } from "./table-source.ts";

/** What a source needs that a declaration does not say. */
export interface SourceOptions {
  /** The declaration's folder: paths in it are relative to this, and stay within. */
  readonly folder: string;
  readonly clock: Clock;
  readonly timeoutSeconds?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly onReload?: NonNullable<FileSourceOptions["onReload"]>;
  readonly every?: number;
}

/** Opens where a declaration says the rows are. Nothing is asked yet. */
export function openSource(source: RegisterSource, o: SourceOptions): Result<Source, readonly Finding[]> {
  const environment = o.environment ?? process.env;
  if ("rest" in source) return ok(restSource(source, { folder: o.folder, environment }));
  if (!("table" in source)) return ok(fileSource(source, o));
  const { database: given = "", table, writer: writing } = source;
  const reading = databaseUrl(given, environment, "source.database");
  const writes = writing === undefined ? ok(undefined) : databaseUrl(writing, environment, "source.writer");
  if (!reading.ok) return reading;
  if (!writes.ok) return writes;
  const statementTimeout = (o.timeoutSeconds ?? defaultTimeoutSeconds) * 1000;
  const database = openDatabase(reading.value, { max: 4, readOnly: true, statementTimeout });
  const writer = writes.value === undefined ? undefined : openDatabase(writes.value, { max: 4, statementTimeout });
  const close = async (): Promise<void> => {
    await database.close();
    await writer?.close();
  };
  return ok(tableSource(table, database, { close, writer }));
}

function databaseUrl(
  given: string,
  environment: Readonly<Record<string, string | undefined>>,
  where: string,
): Result<string, readonly Finding[]> {
  const url = given.startsWith("env:") ? (environment[given.slice(4)] ?? "") : given;
  if (/^postgres(ql)?:\/\//.test(url)) return ok(url);
  const message = given.startsWith("env:")
    ? `The environment has no ${given.slice(4)} that begins with postgres://.`
    : "Write postgres://… or env:NAME of a variable that holds it.";
  return err([{ where, message }]);
}

/** A register that was opened with its source; closing it closes both. */
export interface OpenedRegister extends Register {
  close(): Promise<void>;
}

/**
 * Opens the register that a file declares, and keeps to its source until it is closed: a changed CSV or Parquet file is
 * taken in by itself. The declaration is read once.
 * @throws `register-declaration` with `findings`, each with its line, when it cannot be served; `register-unreadable`
 */
export async function openRegisterFile(
  file: string,
  o: Omit<SourceOptions, "folder" | "timeoutSeconds"> & RegisterOptions,
): Promise<OpenedRegister> {
  const opened = await openDraft(file, o);
  if (!opened.ok) throw declarationFault(file, opened.error);
  const { draft, source, declaration } = opened.value;
  try {
    const register = await openRegister(declaration, source, o);
    return { ...register, close: () => source.close() };
  } catch (fault) {
    await source.close();
    const { findings } = fault as { readonly findings?: readonly Finding[] };
    throw findings
      ? declarationFault(
          file,
          findings.map((one) => draft.located(one)),
        )
      : fault;
  }
}

/** What is wrong with a declaration's file, and what could be better; a file as a source is read whole for it. */
export async function checkRegisterFile(
  file: string,
  o: Omit<SourceOptions, "folder" | "timeoutSeconds">,
): Promise<{
  readonly findings: readonly Finding[];
  readonly advice: readonly Finding[];
  readonly declaration?: RegisterDeclaration;
  /** What a client would see. */
  readonly samples?: readonly SampleCall[];
}> {
  const opened = await openDraft(file, { ...o, every: 0 });
  if (!opened.ok) return { findings: opened.error, advice: [] };
  const { draft, source, declaration } = opened.value;
  try {
    const prepared = await prepareChecked(declaration, source);
    const findings = prepared.ok ? [] : prepared.error;
    const samples = prepared.ok ? await sampleCalls(declaration, prepared.value) : ok([]);
    const advice =
      findings.length > 0
        ? []
        : [...(await source.advice(declaration)), ...adviceOn(declaration), ...(samples.ok ? [] : [samples.error])];
    return {
      findings: findings.map((one) => draft.located(one)),
      advice: advice.map((one) => draft.located(one)),
      declaration,
      samples: samples.ok ? samples.value : [],
    };
  } finally {
    await source.close();
  }
}

/** What an engineer should think of before others call. */
function adviceOn({ subject, fields, purposeRequired, rateLimit }: RegisterDeclaration): readonly Finding[] {
  const personal = Object.values(fields).some(
    ({ sensitivity }) => sensitivity === "personal" || sensitivity === "special",
  );
  return [
    ...(personal && subject === undefined
      ? [
          {
            where: "fields",
            message:
              "Fields are personal, and no `subject` says whom a row is about: readings will stand on nobody's list. Name it, or declare the fields public or internal.",
          },
        ]
      : []),
    ...(personal && !purposeRequired
      ? [
          {
            where: "fields",
            message: "Fields are personal. `purposeRequired: true` refuses calls that do not say what for.",
          },
        ]
      : []),
    ...(rateLimit === undefined
      ? [{ where: "service", message: "There is no `rateLimit` (calls a minute for each client)." }]
      : []),
  ];
}

interface OpenedDraft {
  readonly draft: DraftDeclaration;
  readonly source: Source;
  readonly declaration: RegisterDeclaration;
}

/** What somebody gave who meant the data, by its name. */
const dataFile = /\.(csv|tsv|txt|parquet|xlsx?|ods)$/i;

/** @throws `register-unreadable` with words when there is no such file or this user may not read it */
async function openDraft(
  file: string,
  o: Omit<SourceOptions, "folder" | "timeoutSeconds">,
): Promise<Result<OpenedDraft, readonly Finding[]>> {
  let text: string;
  try {
    await access(file);
    if (dataFile.test(file)) {
      const message = `These are data, not a declaration. Write one with: npx taroko registry init ${file}`;
      return err([{ where: "the file", message }]);
    }
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (fault) {
    const code = (fault as NodeJS.ErrnoException).code;
    if (code === undefined || code.startsWith("ERR_"))
      return err([{ where: "the file", message: "It is no UTF-8 text." }]);
    const message =
      code === "ENOENT"
        ? `There is no file ${file}.`
        : code === "EISDIR"
          ? `${file} is a folder; name the declaration in it.`
          : code === "EACCES"
            ? `This user may not read ${file}.`
            : `${file} cannot be read (${code}).`;
    throw Object.assign(new Error(message, { cause: fault }), { code: "register-unreadable" });
  }
  const draft = readDeclaration(text);
  if (!draft.ok) return draft;
  const { timeoutSeconds = defaultTimeoutSeconds } = draft.value.complete(undefined);
  const source = openSource(draft.value.source, { ...o, folder: dirname(file), timeoutSeconds });
  if (!source.ok) return err(source.error.map((one) => draft.value.located(one)));
  const columns = await source.value.columns().catch(async (fault: unknown) => {
    await source.value.close();
    const code = (fault as { readonly code?: string }).code ?? "fault";
    return err([{ where: "source", message: `${source.value.what} cannot be reached (${code}).` }]);
  });
  if (!columns.ok) {
    await source.value.close();
    return err(columns.error.map((one) => draft.value.located(one)));
  }
  return ok({ draft: draft.value, source: source.value, declaration: draft.value.complete(columns.value) });
}
