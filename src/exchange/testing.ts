import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { listen } from "#http";
import { freePort, systemClock, type Clock, type Localised } from "#kernel";
import {
  generateLogKey,
  generateWitnessKey,
  openLog,
  openWitness,
  type Log,
  type LogOptions,
  type WitnessEndpoint,
  type WitnessedLog,
} from "#ledger";
import { testDatabase } from "#store/testing";
import type { Database } from "#store";
import { openAuthority, type Authority, type AuthorityOptions } from "./authority/authority.ts";
import { authorityRoutes } from "./authority/routes.ts";
import { publicJwkOf } from "./gateway/enrol.ts";
import { openGateway, type Gateway, type GatewayOptions } from "./gateway/gateway.ts";
import type { ServiceDeclaration } from "./gateway/services.ts";
import { jwkThumbprint } from "./hop/thumbprint.ts";
import type { ClientId, MemberId } from "./r1/identifier.ts";
import { signConsentToken, type ConsentGrant } from "./rights/consent-token.ts";
import type { RightGrant } from "./rights/terms.ts";
import { newestEntry, peopleTable } from "./test-store.ts";

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
  readonly agencyTlsUrl: string | undefined;
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
  const { database = await testDatabase(), clock = systemClock } = o;
  const log = o.log ?? (await authorityLog(database, clock));
  const authority = await openAuthority({ keysFolder: testFolder(), instance: "TW", ...o, database, clock, log });
  const routes = authorityRoutes(authority);
  const server = createHttpServer(getRequestListener((request) => routes(request)));
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

/** The log of an authority, not started: its entries are read after the test has started it. */
export function authorityLog(database: Database, clock: Clock): Promise<Log> {
  const origin = "authority.test/log";
  return openLog({ database, origin, key: generateLogKey(origin), clock });
}

/** A witness over HTTP. It follows the logs that are put into `follows`, once the country that has them is there. */
export async function testWitness(): Promise<WitnessEndpoint & { readonly follows: WitnessedLog[] }> {
  const follows: WitnessedLog[] = [];
  const key = generateWitnessKey("witness.test/audit");
  const { name } = key;
  const database = await testDatabase();
  const witness = await openWitness({ database, name, key, clock: systemClock, logs: async () => follows });
  const handle = (request: Request): Promise<Response> => witness.handle(request);
  const listening = await listen(handle, { host: "127.0.0.1", port: 0, option: "the test's port" });
  cleanUp.push(() => listening.close());
  return { name, vkey: witness.vkey, url: listening.url, follows };
}

/** Registers a member with its subsystems and opens, but does not start, its gateway. */
export async function testGateway(
  at: TestAuthority,
  o: Pick<GatewayOptions, "member" | "subsystems" | "services"> &
    Partial<GatewayOptions> & { witnesses?: NonNullable<LogOptions["witnesses"]> },
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
  const key = generateLogKey(origin);
  const log = await openLog({
    database,
    origin,
    key,
    clock: o.clock ?? systemClock,
    witnesses: o.witnesses ?? [],
    personSecret: randomBytes(32),
  });
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
    agency: { host: "127.0.0.1", port: 0, names: ["gw.agency.test"] },
    peer: { host: "127.0.0.1", port, publicAddress: `127.0.0.1:${port}` },
    ...o,
  };
  const gateway = await openGateway(options);
  const { agencyUrl, agencyTlsUrl } = await gateway.listen();
  cleanUp.push(async () => {
    await gateway.close();
    await log.stop();
  });
  return { gateway, options, database, log, agencyUrl, agencyTlsUrl };
}

export function testMember(memberCode: string): MemberId {
  return { instance: "TW", memberClass: "GOV", memberCode };
}

/** Rows of a small register and the services over them; `held` makes the next call wait, as a slow system would. */
export interface PeopleServices {
  readonly person: (code: string, more?: Partial<ServiceDeclaration>) => ServiceDeclaration;
  /** Resolves when a call has reached the service; the answer waits until `release`. */
  readonly hold: () => { readonly reached: Promise<void>; readonly release: () => void };
}

export async function peopleServices(): Promise<PeopleServices> {
  const rowOf = await peopleTable();
  let held: (() => Promise<void>) | undefined;
  return {
    person: (code, more = {}) => ({
      subsystem: "people",
      code,
      title: named("People"),
      endpoints: [{ method: "POST", path: "/v1/lookup" }],
      subject: { from: "body", pointer: "/id" },
      target: {
        call: async ({ body }) => {
          await held?.();
          const { id } = JSON.parse(Buffer.from(body).toString()) as { id: string };
          const row = await rowOf(id);
          const text = JSON.stringify(row ?? { title: "none" });
          const headers = [
            ["Content-Type", "application/json"],
            ["X-Road-Error", "Server.Forged"],
          ] as const;
          return { status: row ? 200 : 404, headers, body: Buffer.from(text) };
        },
      },
      ...more,
    }),
    hold() {
      let release = (): void => undefined;
      const reached = new Promise<void>((done) => {
        held = async () => {
          held = undefined;
          done();
          await new Promise<void>((go) => (release = go));
        };
      });
      return { reached, release: () => release() };
    },
  };
}

/** What a test sends as an information system; everything has a default. */
export interface TestCall {
  /** Service path; `/v1/lookup` unless told. */
  readonly path?: string;
  /** An empty value leaves a default header out. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly method?: string;
  /** Another consumer's agency side. */
  readonly agencyUrl?: string;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  /** `x-road-request-id`. */
  readonly id: string;
}

/** A country of three: REG provides services of its subsystem `people`, PORTAL calls and records consents, OTHER is there. */
export interface TestCountry {
  readonly at: TestAuthority;
  readonly clock: Clock & { advance(milliseconds: number): void };
  readonly provider: TestGateway;
  readonly consumer: TestGateway;
  readonly stranger: TestGateway;
  /** The calling subsystem. */
  readonly app: ClientId;
  /** `service` is a code of REG, or `MEMBER/subsystem/code`. */
  readonly call: (service: string, o?: TestCall) => Promise<TestAnswer>;
  /** A token for service `agreed`, person A700000001, unless told otherwise. */
  readonly consent: (change?: Partial<ConsentGrant>, key?: KeyObject) => Promise<string>;
}

export const stated: Readonly<Record<string, string>> = { "taroko-purpose": "subsidy", "taroko-legal-basis": "tw:law" };

export async function testCountry(o: {
  readonly services: readonly ServiceDeclaration[];
  readonly grants: readonly Omit<RightGrant, "subsystem" | "subject">[];
  readonly witnesses?: NonNullable<LogOptions["witnesses"]>;
  /** Of the consumer's gateway. */
  readonly consumer?: Partial<Pick<GatewayOptions, "agency" | "clients" | "r1" | "keepMessages" | "timeStamps">>;
  /** Of the provider's gateway. */
  readonly provider?: Partial<Pick<GatewayOptions, "logger" | "maxBody" | "timeStamps">>;
  readonly lifetime?: AuthorityOptions["lifetime"];
}): Promise<TestCountry> {
  let offset = 0;
  const clock = { now: () => new Date(Date.now() + offset), advance: (ms: number) => void (offset += ms) };
  const portal = testMember("PORTAL");
  const app = { ...portal, subsystemCode: "app" };
  const at = await testAuthority({
    clock,
    consentIssuers: [portal],
    ...(o.lifetime ? { lifetime: o.lifetime } : {}),
  });
  const consentKey = freshKey();
  const shared = { clock, witnesses: o.witnesses ?? [] };
  const provider = await testGateway(at, {
    ...shared,
    member: testMember("REG"),
    subsystems: ["people"],
    services: o.services,
    ...o.provider,
  });
  const consentKeys = [publicJwkOf(consentKey)];
  const consumer = await testGateway(at, {
    ...shared,
    member: portal,
    subsystems: ["app"],
    services: [],
    consentKeys,
    ...o.consumer,
  });
  const stranger = await testGateway(at, {
    ...shared,
    member: testMember("OTHER"),
    subsystems: ["sys"],
    services: [],
  });
  await provider.gateway.refresh();
  await consumer.gateway.refresh();
  for (const grant of o.grants) {
    const granted = await provider.gateway.rights.grant({ subsystem: "people", subject: app, ...grant });
    assert.ok(granted.ok);
  }
  return {
    at,
    clock,
    provider,
    consumer,
    stranger,
    app,
    call: (service, asked = {}) => sendCall(asked.agencyUrl ?? consumer.agencyUrl, service, asked),
    consent: (change = {}, key = consentKey) =>
      signConsentToken(
        {
          issuer: "TW/GOV/PORTAL",
          consentId: "consent-1",
          services: ["SERVICE:TW/GOV/REG/people/agreed"],
          subject: "A700000001",
          purpose: "subsidy",
          legalBasis: "tw:law",
          fields: ["name"],
          notBefore: new Date(clock.now().getTime() - 1000),
          expires: new Date(clock.now().getTime() + 60_000),
          ...change,
        },
        { keyid: jwkThumbprint(publicJwkOf(key)), privateKey: key },
      ),
  };
}

async function sendCall(agencyUrl: string, service: string, o: TestCall): Promise<TestAnswer> {
  const method = o.method ?? "POST";
  const headers = { "x-road-client": "TW/GOV/PORTAL/app", "content-type": "application/json", ...o.headers };
  const path = service.includes("/") ? service : `REG/people/${service}`;
  const answer = await fetch(`${agencyUrl}/r1/TW/GOV/${path}${o.path ?? "/v1/lookup"}`, {
    method,
    headers: Object.entries(headers).filter(([, value]) => value !== ""),
    ...(method === "GET" ? {} : { body: o.body ?? '{"id":"A700000001"}' }),
  });
  const body = JSON.parse(await answer.text()) as Record<string, unknown>;
  return { status: answer.status, headers: answer.headers, body, id: answer.headers.get("x-road-request-id") ?? "" };
}

/** The exchange entries of a gateway's log, oldest first, once everything recorded has been integrated. */
export async function logged(of: TestGateway): Promise<Record<string, string>[]> {
  const newest = await newestEntry(of.database);
  if (newest !== undefined) await of.log.wait(newest, "integrated", 3000);
  const entries = (await of.log.entries(0n, 1000)).map((one) => JSON.parse(one.entry) as Record<string, string>);
  return entries.filter((entry) => entry["t"] === "exchange.call");
}

export function freshKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}
