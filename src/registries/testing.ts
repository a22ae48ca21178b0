import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { FieldDeclaration, FieldType } from "./declaration.ts";
import type { Register } from "./register.ts";

/** A field of a test's declaration. */
export function field(type: FieldType, more: Partial<FieldDeclaration> = {}): FieldDeclaration {
  return { title: { "zh-Hant": "欄", en: "field" }, type, sensitivity: "personal", ...more };
}

const cleanUp: (() => void)[] = [];
// Registered when a test file imports this module: within a test it would run at that test's end.
after(() => {
  for (const step of cleanUp) step();
});

/** A folder that is removed after the test file. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taroko-registers-"));
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A REST service on loopback for the time of the test file. */
export async function testService(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  cleanUp.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Asks a register; answers status and JSON. */
export async function askRegister(
  register: Register,
  path: string,
  body: unknown,
  client?: string,
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever a register answers; tests say what it must be
): Promise<{ readonly status: number; readonly body: any }> {
  const answer = await register.call({
    method: "POST",
    path,
    query: undefined,
    body: Buffer.from(JSON.stringify(body)),
    ...(client === undefined ? {} : { client }),
  });
  return { status: answer.status, body: JSON.parse(Buffer.from(answer.body).toString("utf8")) as unknown };
}
