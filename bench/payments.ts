import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { taiwan } from "#countries/taiwan";
import { fixedClock } from "#kernel";
import {
  approveBatch,
  deliverFiles,
  importRoster,
  makeBatchFiles,
  openPayments,
  openProgramme,
  proposeBatch,
  proveBooks,
  receiveStatus,
  type BankFile,
  type Payments,
} from "#payments";
import { openDatabase, startPostgres } from "#store";
import { printTable } from "./figures.ts";

const head = "reference,name,institution,account,amount\n";

/**
 * A one-off payment to many: from a row of the roster to a bank file, and from the bank's report to the books, with every
 * check. `TAROKO_BENCH_PAYMENTS=1000000` (or a list) says how many; 10,000 and 100,000 if not set.
 */
export async function benchPayments(): Promise<void> {
  const sizes = (process.env["TAROKO_BENCH_PAYMENTS"] ?? "10000,100000").split(",").map(Number);
  const folder = mkdtempSync(join(tmpdir(), "taroko-bench-"));
  chmodSync(folder, 0o755);
  const server = await startPostgres({ folder: join(folder, "postgres") });
  try {
    console.log(
      `${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), load before it ${loadavg()
        .map((value) => value.toFixed(1))
        .join(" ")}; PostgreSQL beside it, fsync on; files of 10,000 lines\n`,
    );
    const steps: (string | number)[][] = [];
    const whole: (string | number)[][] = [];
    for (const size of sizes) {
      const name = `payments_${size}`;
      const database = openDatabase(await server.database(name), { max: 6 });
      const payments = await openPayments({
        database,
        clock: fixedClock("2026-01-05T01:30:00Z"),
        banking: taiwan.banking,
        payer: {
          agencyName: "示範市政府社會局",
          organisationId: "00000000",
          accountName: "示範市政府",
          account: { institution: "0040001", number: "00000012345678" },
        },
      });
      const { rows, toFile, toBooked, memory } = await measure(payments, size);
      steps.push(...rows);
      whole.push([size, size / toFile, size / toBooked, memory, await megabytes(payments)]);
      await database.close();
      await server.drop(name);
    }
    printTable(
      [
        "payments",
        "step",
        "a second",
        "seconds",
        "Node's processor, µs each",
        "PostgreSQL's, µs each",
        "largest memory, MiB",
      ],
      steps,
    );
    console.log();
    printTable(
      ["payments", "decision to file, a second", "report to booked, a second", "largest memory, MiB", "database, MiB"],
      whole,
    );
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function megabytes({ database }: Payments): Promise<number> {
  const row = await database.one<{ size: bigint }>("select pg_database_size(current_database()) as size");
  return Math.round(Number(row!.size) / 1_048_576);
}

async function measure(
  payments: Payments,
  size: number,
): Promise<{ rows: (string | number)[][]; toFile: number; toBooked: number; memory: number }> {
  const rows: (string | number)[][] = [];
  let memory = 0;
  const seconds = new Map<string, number>();
  async function step(name: string, work: () => Promise<void>): Promise<void> {
    globalThis.gc?.();
    let largest = process.memoryUsage.rss();
    const watch = setInterval(() => (largest = Math.max(largest, process.memoryUsage.rss())), 20);
    const cpu = process.cpuUsage();
    const databaseCpu = await postgresCpu(payments);
    const from = performance.now();
    await work();
    const took = (performance.now() - from) / 1000;
    clearInterval(watch);
    const { user, system } = process.cpuUsage(cpu);
    const inDatabase = (await postgresCpu(payments)) - databaseCpu;
    largest = Math.max(largest, process.memoryUsage.rss());
    memory = Math.max(memory, largest / 1_048_576);
    seconds.set(name, (seconds.get(name) ?? 0) + took);
    rows.push([
      size,
      name,
      Math.round(size / took),
      took,
      (user + system) / size,
      inDatabase / size,
      Math.round(largest / 1_048_576),
    ]);
  }
  const opened = await openProgramme(payments, {
    id: "relief",
    title: { "zh-Hant": "普發現金", en: "Relief" },
    law: "Relief Act",
    purpose: { code: "GOVT", text: "普發現金" },
    budget: 1_000_000_000_000n,
    openedBy: "officer:lin",
  });
  if (!opened.ok) throw new Error(opened.error.code);
  const files: string[] = [];
  let batch = { id: "", sha256: "" };
  await step("import the roster", async () => {
    const done = await importRoster(payments, rosterOf(size), {
      programme: "relief",
      name: "roster.csv",
      decision: "Decree 1",
      importedBy: "officer:chen",
      ownersChecked: true,
    });
    if (!done.ok || Number(done.value.accepted) !== size) throw new Error("the roster was not taken whole");
  });
  await step("propose the batch", async () => {
    const done = await proposeBatch(payments, { programme: "relief", proposedBy: "officer:chen" });
    if (!done.ok) throw new Error(done.error.code);
    batch = { id: done.value.id, sha256: done.value.sha256! };
  });
  await step("release it", async () => {
    const done = await approveBatch(payments, { batch: batch.id, releasedBy: "officer:wang", sha256: batch.sha256 });
    if (!done.ok) throw new Error(done.error.code);
  });
  await step("make the files", async () => {
    const { ended } = await makeBatchFiles(payments, ({ file }) => files.push(file!.id));
    if (ended) throw new Error(ended.code);
  });
  let last: BankFile | undefined;
  const channel = {
    send: async (file: BankFile) => {
      last = file;
      return { receipt: `R-${file.name}` };
    },
    collect: async () => [],
  };
  await step("send them", async () => {
    if ((await deliverFiles(payments, channel)).sent.length !== files.length || !last) throw new Error("not all sent");
  });
  // The report is written before the clock runs: that is the bank's work.
  let took = 0;
  let cpu = 0;
  let inDatabase = 0;
  let largest = 0;
  for (const file of files) {
    const report = await reportOn(payments, file);
    const before = process.cpuUsage();
    const databaseBefore = await postgresCpu(payments);
    const from = performance.now();
    const done = await receiveStatus(payments, report, `${file}.pain.002.xml`);
    took += (performance.now() - from) / 1000;
    const { user, system } = process.cpuUsage(before);
    cpu += user + system;
    inDatabase += (await postgresCpu(payments)) - databaseBefore;
    largest = Math.max(largest, process.memoryUsage.rss() / 1_048_576);
    if (!done.ok || done.value.lines.some(({ outcome }) => outcome !== "applied")) throw new Error("not all booked");
  }
  rows.push([
    size,
    "apply the reports",
    Math.round(size / took),
    took,
    cpu / size,
    inDatabase / size,
    Math.round(largest),
  ]);
  memory = Math.max(memory, largest);
  await step("prove the books", async () => {
    if ((await proveBooks(payments)).length > 0) throw new Error("the books do not prove");
  });
  const of = (name: string): number => seconds.get(name) ?? 0;
  const toFile = of("import the roster") + of("propose the batch") + of("release it") + of("make the files");
  return { rows, toFile, toBooked: took, memory: Math.round(memory) };
}

/** Microseconds of processor that the server's processes have taken, where the system tells (Linux); the checkpointer's too. */
async function postgresCpu({ database }: Payments): Promise<number> {
  const row = await database.one<{ pid: number }>("select pg_backend_pid() as pid");
  const statOf = (pid: string): string[] => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  try {
    const server = statOf(String(row!.pid))[1];
    let ticks = 0;
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const stat = statOf(pid);
        if (stat[1] === server) ticks += Number(stat[11]) + Number(stat[12]);
        // And of those that have ended.
        if (pid === server) ticks += Number(stat[11]) + Number(stat[12]) + Number(stat[13]) + Number(stat[14]);
      } catch {
        // It has ended.
      }
    }
    return ticks * 10_000;
  } catch {
    return Number.NaN;
  }
}

async function* rosterOf(size: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from(head);
  for (let n = 0; n < size;) {
    let text = "";
    for (const end = Math.min(size, n + 1_000); n < end; n += 1)
      text += `R-${String(n).padStart(8, "0")},林𡘙美,${n % 2 === 0 ? "7000021" : "0040037"},${String(10_000_000_000_000 + n)},6000\n`;
    yield Buffer.from(text);
  }
}

/** A report that names every payment of a file with its amount, as a careful bank writes it. */
async function reportOn({ database }: Payments, file: string): Promise<string> {
  const lines = await database.query<{ id: string; uetr: string; amount: bigint }>(
    "select id, uetr, amount from payments.instruction where file = $1 order by id",
    [file],
  );
  const line = ({ id, uetr, amount }: (typeof lines)[number]): string =>
    `<TxInfAndSts><OrgnlEndToEndId>${id}</OrgnlEndToEndId><OrgnlUETR>${uetr}</OrgnlUETR><TxSts>ACSC</TxSts><OrgnlTxRef><Amt><InstdAmt Ccy="TWD">${amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>`;
  return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.14"><CstmrPmtStsRpt><GrpHdr><MsgId>B-${file}</MsgId><CreDtTm>2026-01-06T10:00:00+08:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${file}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.12</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>${file}-1</OrgnlPmtInfId>${lines.map(line).join("")}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`;
}
