import { systemClock } from "#kernel";
import {
  batchList,
  batchOfPayment,
  batchProgress,
  drawGraph,
  drawMermaid,
  drawSvg,
  listFiles,
  listPayments,
  makeBatchFiles,
  proveBooks,
  readBooks,
  rosterList,
  rosterProgress,
  tracePayment,
  type Payments,
  type State,
} from "#payments";
import {
  cell,
  money,
  print,
  progressLine,
  refused,
  states,
  withPayments,
  writePieces,
  type ExportOptions,
  type PaymentsOptions,
  type Status,
} from "./payments-open.ts";

export function tellFiles(options: ExportOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    const made = options.make
      ? await makeBatchFiles(payments, ({ file }) => {
          if (file && !options.json) console.error(`${file.id}  ${file.lines} payments, ${money(file.total)}`);
        })
      : undefined;
    const { files, total } = await listFiles(payments, { limit: 100, offset: 0 });
    const status = print(options, { ...(made && { made }), total, files }, () => [
      ...files.map(
        (one) =>
          `${one.id}  ${one.sentAt ? "sent" : "waits"}  ${one.lines} payments, ${money(one.total)}  ${one.sha256}`,
      ),
      `${total} files in all.`,
    ]);
    return made?.ended ? refused(options, made.ended) : status;
  });
}

export function tellProgress(options: ExportOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    const now = systemClock.now();
    const lists = await rosterList(payments, options.programme, 20);
    const reading = lists.map((one) => ({ ...one, progress: rosterProgress(one, now) }));
    const batches = await Promise.all(
      (await batchList(payments, options.programme, 20)).map(async (one) => ({
        ...one,
        progress: await batchProgress(payments, one.id),
      })),
    );
    return print(options, { rosters: reading, batches }, () => [
      ...reading.map(
        (one) =>
          `Roster ${one.name} (${one.id}): ${one.progress.stalled ? "stalled" : one.state}; ${progressLine(one)}`,
      ),
      ...batches.map(
        ({ id, state, progress: { made, files, sent, states: counts } }) =>
          `Batch ${id}: ${state}; files ${made} of ${files} made, ${sent} sent; ${states(counts)}`,
      ),
    ]);
  });
}

export function tellBooks(options: PaymentsOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    const books = await readBooks(payments);
    return print(options, books, () =>
      books.map(
        ({ programme, account, balance }) =>
          `${programme.padEnd(24)}  ${account.padEnd(16)} ${money(balance).padStart(26)}`,
      ),
    );
  });
}

export function prove(options: PaymentsOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    const faults = await proveBooks(payments);
    print(options, faults, () =>
      faults.length === 0
        ? ["The books prove: every balance is the sum of its transfers, and holds what the payments' states say."]
        : faults.map(({ programme, account, what }) => `${programme}  ${account ?? "all accounts"}: ${what}`),
    );
    return faults.length === 0 ? 0 : 1;
  });
}

export function follow(id: string, options: PaymentsOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    const { lines } = await listPayments(payments, { search: id }, 1);
    const trace = lines[0] && (await tracePayment(payments, lines[0].id));
    if (!trace) return refused(options, { code: "entitlement-unknown" });
    const { entitlement } = trace;
    const batch = await batchOfPayment(payments, lines[0]!.id);
    return print(options, { ...trace, ...(batch && { batch }) }, () => [
      `Case ${entitlement.caseRef}, programme ${trace.programme}: ${entitlement.currency} ${money(entitlement.amount)}`,
      `Decision ${entitlement.decisionHash}`,
      `Facts    ${entitlement.factsHash}`,
      `Granted ${entitlement.grantedAt.toISOString()} by ${entitlement.approvedBy}`,
      ...(batch ? [`Batch ${batch.batch}, file ${batch.part} of it`] : []),
      ...trace.attempts.flatMap((one) => [
        `Attempt ${one.attempt}: ${one.id}, ${money(one.amount)} to ${one.institution} ${one.accountMasked}, ${one.state}`,
        ...one.events.map(
          (event) => `  ${event.at.toISOString()}  ${event.from} → ${event.to}  ${event.event} by ${event.by}`,
        ),
        ...(one.file
          ? [`  File ${one.file.name}, SHA-256 ${one.file.sha256}, receipt ${one.file.receipt ?? "none"}`]
          : []),
        ...one.reported.map((line) => `  Bank reported: ${JSON.stringify(line)}`),
        ...one.statement.map(
          (line) =>
            `  Statement: ${JSON.stringify(line, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part))}`,
        ),
        ...one.movements.map((move) => `  Booked ${money(move.amount)}: ${move.from} → ${move.to}`),
        ...one.logged.map((entry) => `  Log: ${entry.kind} (${entry.staged})`),
      ]),
    ]);
  });
}

export function exportPayments(options: ExportOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    await writePieces(exported(payments, options), options.out);
    return 0;
  });
}

async function* exported(payments: Payments, { programme, state }: ExportOptions): AsyncGenerator<string> {
  yield "end_to_end_id,reference,programme,attempt,state,reason,currency,amount,file\r\n";
  const wanted = { programme, states: state as readonly State[] | undefined };
  for (let after: string | undefined; ;) {
    const { lines, next } = await listPayments(payments, { ...wanted, after }, 5_000);
    yield lines
      .map((one) =>
        [
          one.id,
          one.caseRef,
          one.programme,
          one.attempt,
          one.state,
          one.reason ?? "",
          one.currency,
          one.amount,
          one.file ?? "",
        ]
          .map((value) => cell(String(value)))
          .join(","),
      )
      .map((text) => `${text}\r\n`)
      .join("");
    if (next === undefined) return;
    after = next;
  }
}

export async function drawStates(format: string): Promise<Status> {
  const draw = { dot: drawGraph, mermaid: drawMermaid, svg: drawSvg }[format];
  if (!draw) {
    console.error("A format is dot, mermaid or svg.");
    return 2;
  }
  process.stdout.write(draw());
  return 0;
}
