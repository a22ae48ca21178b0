/** What the test of kills runs as a process of its own: every step of a roster, from its file to the books, each repeatable. */
import { fileURLToPath } from "node:url";
import { openDatabase } from "#store";
import { approveBatch } from "./approve-batch.ts";
import { deliverFiles } from "../bank/deliver.ts";
import { importRoster } from "./import-roster.ts";
import { makeBatchFiles } from "./make-batch-file.ts";
import type { Payments } from "../open.ts";
import { proposeBatch } from "./propose-batch.ts";
import { receiveStatus } from "../bank/receive-status.ts";
import { unsentFiles } from "../bank/store-files.ts";
import { reportXml, testChannel, testPayments } from "../testing.ts";
import { batchList } from "./view-batches.ts";
import { listFiles } from "../views/view-books.ts";

export const killedRows = 1_000;
export const killedPayments = { linesPerFile: 100 };

async function* rosterFile(): AsyncGenerator<Uint8Array> {
  let text = "reference,name,institution,account,amount\n";
  for (let n = 0; n < killedRows; n += 1) text += `K-${n},王,7000021,${n + 1},6000\n`;
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 4_096) yield bytes.subarray(at, at + 4_096);
}

/** Goes on from wherever a killed process stopped; does nothing when all is done. */
export async function carryRoster(payments: Payments, tell: (step: string) => void): Promise<void> {
  tell("import");
  const done = await importRoster(payments, rosterFile(), {
    programme: "killed",
    name: "killed.csv",
    decision: "Decree",
    importedBy: "officer:chen",
    ownersChecked: true,
    chunk: 100,
  });
  if (!done.ok) throw new Error(done.error.code);
  tell("propose");
  const [last] = await batchList(payments, "killed");
  if (!last || last.state === "gathering")
    await proposeBatch(payments, { programme: "killed", proposedBy: "officer:chen" });
  tell("approve");
  const [batch] = await batchList(payments, "killed");
  const approved = await approveBatch(payments, {
    batch: batch!.id,
    releasedBy: "officer:wang",
    sha256: batch!.sha256!,
  });
  if (!approved.ok) throw new Error(approved.error.code);
  tell("files");
  await makeBatchFiles(payments);
  tell("send");
  await deliverFiles(payments, testChannel());
  if ((await unsentFiles(payments.database)).length > 0) throw new Error("files wait");
  tell("reports");
  const { files } = await listFiles(payments, { limit: 100, offset: 0 });
  for (const { id } of files) {
    const report = await receiveStatus(payments, reportXml(id, "ACSC"));
    if (!report.ok) throw new Error(report.error.code);
  }
  tell("done");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const database = openDatabase(process.argv[2]!, { max: 3 });
  await carryRoster(await testPayments({ database, ...killedPayments }), (step) => console.log(step));
  await database.close();
}
