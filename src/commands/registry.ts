import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { systemClock } from "#kernel";
import { checkRegisterFile, draftFrom, type Finding } from "#registries";

export interface InitOptions {
  readonly table?: string;
  readonly database?: string;
  readonly operation?: string;
  readonly subsystem: string;
  readonly country: string;
  readonly out?: string;
}

/**
 * `taroko registry init`: looks at a database or a file and writes a declaration beside it; a file that is there is left.
 * @returns exit status
 */
export async function initRegister(place: string, o: InitOptions): Promise<0 | 1> {
  const { country } = (await import(pathToFileURL(resolve(o.country)).href)) as {
    readonly country: { readonly normalSubject?: (text: string) => string | undefined };
  };
  const draft = await draftFrom(place, {
    ...(o.table === undefined ? {} : { table: o.table }),
    ...(o.database === undefined ? {} : { databaseName: o.database }),
    ...(o.operation === undefined ? {} : { operation: o.operation }),
    subsystem: o.subsystem,
    ...(country.normalSubject ? { normalSubject: country.normalSubject } : {}),
    say: (remark) => console.error(remark),
  });
  if (!draft.ok) {
    console.error(draft.error);
    return 1;
  }
  const out = o.out ?? ownName(place, o.table);
  if (out === "-") {
    process.stdout.write(draft.value);
    return 0;
  }
  if (existsSync(out)) {
    console.error(`${out} is there already. Name another with --out, or print it with --out -`);
    return 1;
  }
  writeFileSync(out, draft.value);
  console.log(`${out} written. Read it, delete the fields that nobody needs, then: npx taroko registry check ${out}`);
  return 0;
}

/** `taroko registry check`: every finding with its line. @returns exit status */
export async function checkRegister(file: string): Promise<0 | 1> {
  const { findings, advice, declaration, samples = [] } = await checkRegisterFile(file, { clock: systemClock });
  const told = ({ where, message, line }: Finding): string => `${file}:${line ?? 1} ${where}: ${message}`;
  for (const finding of findings) console.log(told(finding));
  for (const finding of advice) console.log(`${told(finding)} (advice)`);
  if (findings.length > 0) {
    console.log(`${findings.length} to correct.`);
    return 1;
  }
  const fields = Object.keys(declaration?.fields ?? {}).length;
  console.log(`${file} can be served: ${declaration?.subsystem}/${declaration?.service}, ${fields} fields.`);
  if (samples.length > 0)
    console.log("\nA client with a right to all fields sees, of the first record (what is not public is covered):");
  for (const { operation, body, status, answer } of samples)
    console.log(`  ${operation} ${JSON.stringify(body)}\n  ${status} ${JSON.stringify(answer)}`);
  return 0;
}

function ownName(place: string, table: string | undefined): string {
  if (/^postgres(ql)?:\/\//.test(place)) return `${table?.split(".").at(-1) ?? "register"}.yaml`;
  if (/^https?:\/\//.test(place)) return "register.yaml";
  if (/\.(json|ya?ml)$/i.test(place))
    return join(dirname(place), `${basename(place).replace(/\.[^.]+$/, "")}-register.yaml`);
  return join(dirname(place), `${basename(place).replace(/\.[^.]+$/, "")}.yaml`);
}

/** `taroko registry serve`: the register on loopback, and on a gateway if one is named, until a signal. SIGHUP reads the declaration anew. */
export async function serveRegisterFile(
  file: string,
  o: { readonly port: number; readonly gateway?: string },
): Promise<void> {
  const { runSite, serveRegister } = await import("#sites");
  const served = await serveRegister(file, o);
  const gateway = o.gateway === undefined ? undefined : await runSite(o.gateway, { registers: [resolve(file)] });
  console.log(
    JSON.stringify({
      serving: served.service,
      page: `${served.url}/`,
      openapi: `${served.url}/v1/openapi.json`,
      ...(gateway ? { running: gateway.site.name, ...gateway.facts } : {}),
    }),
  );
  const reload = (): void => {
    for (const site of [served, gateway?.site])
      site?.reload?.().catch((fault: unknown) => console.error(String(fault)));
  };
  process.on("SIGHUP", reload);
  await new Promise<void>((stop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());
  });
  process.off("SIGHUP", reload);
  await gateway?.site.close();
  await served.close();
}
