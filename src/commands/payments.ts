import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { isUuid } from "#kernel";
import {
  approveBatch,
  batchList,
  batchProgress,
  batchView,
  importRoster,
  isLogBeside,
  openProgramme,
  programmes,
  proposeBatch,
  recallBatch,
  refusalFile,
  roster,
  type Payments,
  type Roster,
} from "#payments";
import { operatorName } from "./answer.ts";
import {
  given,
  jsonFile,
  money,
  nobody,
  payerFile,
  print,
  progressLine,
  refused,
  states,
  withPayments,
  writePieces,
  type BatchOptions,
  type ImportOptions,
  type PaymentsOptions,
  type Status,
} from "./payments-open.ts";

const amount = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,18}$/)]).transform((value) => BigInt(value));
const programmeFile = z.strictObject({
  id: z.string(),
  title: z.strictObject({ "zh-Hant": z.string(), en: z.string() }),
  law: z.string(),
  purpose: z.strictObject({ code: z.string(), text: z.string() }),
  payer: payerFile.optional(),
  budget: amount.optional(),
  limits: z
    .strictObject({
      perPayment: amount.optional(),
      thirdAbove: amount.optional(),
      batchThirdAbove: amount.optional(),
      maxPerAccount: z.int().optional(),
    })
    .optional(),
});

export function listProgrammes(options: PaymentsOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    const all = await programmes(payments);
    return print(options, all, () =>
      all.map(
        ({ id, title, law, payer }) =>
          `${id.padEnd(24)}  ${title["zh-Hant"]} ${title.en}  ${law}  ${payer?.accountName ?? ""}`,
      ),
    );
  });
}

export function openFrom(file: string, options: ImportOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    const wanted = programmeFile.parse(jsonFile(file));
    const { payer, budget, limits, ...rest } = wanted;
    const opened = await openProgramme(payments, {
      ...rest,
      ...given({ payer, budget }),
      ...(limits && { limits: given(limits) }),
      openedBy: options.by ?? operatorName(),
    });
    if (!opened.ok) return refused(options, opened.error);
    return print(options, opened.value, () => [`${opened.value.id} is open.`]);
  });
}

export function importFrom(file: string, options: ImportOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    const source = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 1 << 18 });
    let last: Roster | undefined;
    let told = 0;
    const { programme, decision, ownersChecked, mostRefusals } = options;
    const imported = await importRoster(payments, source, {
      programme,
      decision,
      name: options.name ?? basename(file),
      importedBy: options.by ?? operatorName(),
      ...given({ ownersChecked, mostRefusals }),
      ...(file !== "-" && { size: statSync(file).size }),
      onProgress: (now) => {
        last = now;
        if (options.json || performance.now() - told < 1_000) return;
        told = performance.now();
        console.error(progressLine(now));
      },
    });
    const at = imported.ok ? imported.value : last;
    if (at && options.errors !== undefined) await writePieces(refusalFile(payments, at.id), options.errors);
    if (!imported.ok) return refused(options, imported.error);
    const { id, accepted, refused: bad, total } = imported.value;
    return print(options, imported.value, () => [
      `${accepted} payments of ${money(total)} are approved once; ${bad} rows were refused. Roster ${id}`,
      ...(bad > 0n && options.errors === undefined ? [`See them: taroko payments refused ${id}`] : []),
    ]);
  });
}

export function writeRefused(id: string, options: ImportOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    if (!isUuid(id) || !(await roster(payments, id))) return refused(options, { code: "roster-unknown" });
    await writePieces(refusalFile(payments, id), options.out);
    return 0;
  });
}

export function workOnBatch(verb: string, id: string | undefined, options: BatchOptions): Promise<Status> {
  return withPayments(options, async (payments) => {
    if (verb === "list") {
      const all = await batchList(payments, options.programme);
      return print(options, all, () =>
        all.map(
          (one) =>
            `${one.id}  ${one.state.padEnd(9)} ${one.payOn}  ${one.lines} payments, ${money(one.total)}  ${one.programme}`,
        ),
      );
    }
    if (verb === "propose") return propose(payments, options);
    if (id === undefined || !["show", "release", "recall"].includes(verb)) {
      console.error(
        "taroko payments batch propose | list | show ID | release ID --sha256 HASH | recall ID --reason TEXT",
      );
      return 2;
    }
    const view = isUuid(id) ? await batchView(payments, id) : undefined;
    if (!view) return refused(options, { code: "batch-unknown" });
    if (verb === "show") {
      const progress = await batchProgress(payments, id);
      return print(options, { ...view, progress }, () => [
        `Batch ${view.id} of ${view.programme}: ${view.state}`,
        `${view.lines} payments, ${money(view.total)}, largest ${money(view.largest)}, on ${view.payOn}, by ${view.payer.accountName}`,
        `Proposed by ${view.proposedBy}; released by ${view.given.map(({ by }) => by).join(", ") || "nobody"}; ${view.approvals} must`,
        ...view.samples.map(
          (one) => `  ${one.reference}  ${one.institution} ${one.accountMasked}  ${money(one.amount)}`,
        ),
        ...(view.findings.heldOut ? [`Held out, account too new: ${view.findings.heldOut}`] : []),
        ...(view.findings.crowded ?? []).map(
          (one) => `Too many to one account: ${one.institution} ••••${one.number.slice(-4)} (${one.payments})`,
        ),
        ...(view.findings.since ? [`Since the batch before: ${JSON.stringify(view.findings.since)}`] : []),
        `Files: ${progress.made} of ${progress.files} made, ${progress.sent} sent. ${states(progress.states)}`,
        `Hash: ${view.sha256 ?? "none yet"}`,
      ]);
    }
    if (await isLogBeside(payments.database)) {
      console.error("This portal keeps a public log: release and recall at its desk, which enters it there.");
      return 1;
    }
    const by = operatorName();
    if (verb === "recall") {
      const recalled = await recallBatch(payments, { batch: id, recalledBy: by, reason: options.reason ?? "" });
      if (!recalled.ok) return refused(options, recalled.error);
      return print(options, recalled.value, () => [
        recalled.value.outcome === "asked"
          ? "Another person must recall it too."
          : `Recalled, ${recalled.value.files} files with it.`,
      ]);
    }
    const released = await approveBatch(payments, { batch: id, releasedBy: by, sha256: options.sha256 ?? "" });
    if (!released.ok) return refused(options, released.error);
    const { missing } = released.value;
    return print(options, released.value, () => [
      missing > 0 ? `${missing} more must release it.` : "Released; its money is reserved.",
    ]);
  });
}

async function propose(payments: Payments, options: BatchOptions): Promise<Status> {
  const { programme = "main", decision, payOn } = options;
  const open = (await programmes(payments)).find(({ id }) => id === programme);
  if (open && !open.payer && payments.payer === nobody) {
    console.error(`The programme ${programme} names no payer: give --payer FILE.`);
    return 1;
  }
  const batch = await proposeBatch(payments, {
    programme,
    proposedBy: options.by ?? operatorName(),
    ...given({ decision, payOn }),
    onProgress: (lines) => {
      if (!options.json) console.error(`${lines} payments gathered`);
    },
  });
  if (!batch.ok) return refused(options, batch.error);
  const { id, lines, total, sha256 } = batch.value;
  return print(options, batch.value, () => [`Batch ${id}: ${lines} payments, ${money(total)}. Hash ${sha256}`]);
}
