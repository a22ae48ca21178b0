import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { systemClock, type Clock, type Localised } from "#kernel";
import { generateLogKey, openLog, type Log } from "#ledger";
import { testDatabase } from "#store/testing";
import type { Database } from "#store";
import { openAuthority, type Authority, type AuthorityOptions } from "./authority/authority.ts";
import { authorityRoutes } from "./authority/routes.ts";
import { openGateway, type Gateway, type GatewayOptions } from "./gateway/gateway.ts";
import type { MemberId } from "./r1/identifier.ts";

/** An authority that answers on a loopback port. For tests: real keys, real TLS, a real database each. */
export interface TestAuthority {
  readonly authority: Authority;
  readonly url: string;
  /** Makes the authority unreachable. */
  stop(): Promise<void>;
}

/** A gateway with its own database, log and ports. */
export interface TestGateway {
  readonly gateway: Gateway;
  readonly options: GatewayOptions;
  readonly database: Database;
  readonly log: Log;
  readonly agencyUrl: string;
}

const cleanUp: (() => Promise<void>)[] = [];
after(async () => {
  for (const step of cleanUp.reverse()) await step();
});

/** A folder that goes with the test file. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taroko-exchange-"));
  cleanUp.push(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function named(text: string): Localised {
  return { "zh-Hant": text, en: text };
}

export async function testAuthority(o: Partial<AuthorityOptions> = {}): Promise<TestAuthority> {
  const authority = await openAuthority({
    database: await testDatabase(),
    keysFolder: testFolder(),
    instance: "TW",
    clock: systemClock,
    ...o,
  });
  const server = createHttpServer(getRequestListener(authorityRoutes(authority)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
  };
  cleanUp.push(async () => {
    await authority.close();
    await stop();
  });
  return { authority, url: `http://127.0.0.1:${port}`, stop };
}

/** Registers a member with its subsystems and opens, but does not start, its gateway. */
export async function testGateway(
  at: TestAuthority,
  o: Pick<GatewayOptions, "member" | "subsystems" | "services"> & Partial<GatewayOptions> & { clock?: Clock },
): Promise<TestGateway> {
  const registered = await at.authority.registerMember({
    id: o.member,
    name: named(`Agency ${o.member.memberCode}`),
    subsystems: o.subsystems.map((code) => ({ code, name: named(code) })),
  });
  const invited = await at.authority.invite(o.member);
  if (!registered.ok || !invited.ok) throw new Error("the member could not be registered");
  const database = o.database ?? (await testDatabase());
  const origin = `log.test/${o.member.memberCode}`;
  const log = await openLog({ database, origin, key: generateLogKey(origin), clock: o.clock ?? systemClock });
  log.start();
  const port = await freePort();
  const options: GatewayOptions = {
    database,
    log,
    keysFolder: testFolder(),
    serverCode: "gw1",
    authorityUrl: at.url,
    authorityAnchor: at.authority.anchor,
    enrolmentToken: invited.value.invitation,
    clock: systemClock,
    agency: { host: "127.0.0.1", port: 0 },
    peer: { host: "127.0.0.1", port, publicAddress: `127.0.0.1:${port}` },
    ...o,
  };
  const gateway = await openGateway(options);
  const { agencyUrl } = await gateway.listen();
  cleanUp.push(async () => {
    await gateway.close();
    await log.stop();
  });
  return { gateway, options, database, log, agencyUrl };
}

export function testMember(memberCode: string): MemberId {
  return { instance: "TW", memberClass: "GOV", memberCode };
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}
