import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What `tessera/main.go` measured. Entries a second, and milliseconds from an entry to its durable place. */
export interface TesseraFigures {
  readonly durable: number;
  readonly integrated: number;
  readonly p50: number;
  readonly p95: number;
}

/** The log that others would take: transparency-dev/tessera on POSIX files, with the settings it comes with. */
export interface Tessera {
  append(how: { appenders?: number; rate?: number; total: number }): Promise<TesseraFigures>;
  /** Go's own file server over a folder. */
  serve(folder: string): Promise<{ readonly url: string; close(): Promise<void> }>;
}

/** Builds the program beside this file, if this machine has Go; the first time Go loads its packages. */
export async function buildTessera(folder: string): Promise<Tessera | undefined> {
  const program = join(folder, "tessera");
  try {
    await run("go", ["build", "-o", program, "."], { cwd: fileURLToPath(new URL("tessera/", import.meta.url)) });
  } catch (fault) {
    const missing = fault instanceof Error && "code" in fault && fault.code === "ENOENT";
    console.log(`Tessera is skipped: ${missing ? "there is no Go on this machine" : "its program does not build"}.\n`);
    return undefined;
  }
  return {
    append: async (how) => {
      const dir = join(folder, "tessera-log");
      rmSync(dir, { recursive: true, force: true });
      const options = Object.entries(how).flatMap(([name, value]) => [`-${name}`, `${value}`]);
      const { stdout } = await run(program, ["-dir", dir, ...options]);
      return JSON.parse(stdout) as TesseraFigures;
    },
    serve: async (of) => {
      const server: ChildProcess = spawn(program, ["-serve", of], { stdio: ["ignore", "pipe", "inherit"] });
      const lines = createInterface({ input: server.stdout! });
      const [line] = (await once(lines, "line")) as [string];
      return {
        url: (JSON.parse(line) as { url: string }).url,
        close: async () => {
          server.kill();
          await once(server, "exit");
        },
      };
    },
  };
}
