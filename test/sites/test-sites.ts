import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "#kernel";
import { inviteMember, runSite } from "#sites";
import { testDatabase } from "#store/testing";

const country = fileURLToPath(new URL("../../countries/taiwan/index.ts", import.meta.url));

/** A country of two agencies, REG and APP, for tests of sites as their files describe them; gateways are for the test to run. */
export interface TestSites {
  readonly folder: string;
  /** The authority's public key. */
  readonly anchor: string;
  /** Writes a gateway's file; `more` replaces members of it. */
  gatewayFile(memberCode: "REG" | "APP", more?: object): Promise<{ path: string; agency: string; databaseUrl: string }>;
}

/** An address on loopback that nobody listens on. */
export async function freeAddress(): Promise<{ readonly host: string; readonly port: number }> {
  return { host: "127.0.0.1", port: await freePort() };
}

/** APP may ask REG's `findUsage`, which every gateway has. The authority runs until the test file ends. */
export async function testSites(): Promise<TestSites> {
  const folder = mkdtempSync(join(tmpdir(), "taroko-sites-"));
  const written = (name: string, file: object): string => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify({ country, instance: "TW", ...file }));
    return path;
  };
  const authorityFile = written("authority.json", {
    site: "authority",
    database: (await testDatabase()).url,
    keys: join(folder, "authority"),
    listen: await freeAddress(),
    logOrigin: "authority.example/log",
    members: ["REG", "APP"].map((memberCode) => ({
      memberClass: "GOV",
      memberCode,
      name: { "zh-Hant": memberCode, en: memberCode },
      subsystems: [{ code: "sys", name: { "zh-Hant": "系統", en: "System" } }],
    })),
  });
  const authority = await runSite(authorityFile);
  after(async () => {
    await authority.site.close();
    rmSync(folder, { recursive: true, force: true });
  });
  let files = 0;
  return {
    folder,
    anchor: String(authority.facts["anchor"]),
    async gatewayFile(memberCode, more = {}) {
      const [agency, peer] = [await freeAddress(), await freeAddress()];
      const databaseUrl = (await testDatabase()).url;
      files += 1;
      const path = written(`${memberCode}-${files}.json`, {
        site: "gateway",
        database: databaseUrl,
        keys: join(folder, memberCode),
        member: { memberClass: "GOV", memberCode },
        subsystems: ["sys"],
        authority: { url: authority.facts["url"], anchor: authority.facts["anchor"] },
        invitation: (await inviteMember(authorityFile, `TW/GOV/${memberCode}`)).invitation,
        agency,
        peer: { ...peer, publicAddress: `127.0.0.1:${peer.port}` },
        public: await freeAddress(),
        logOrigin: `log.example/${memberCode}`,
        rights: ["APP"].map((caller) => ({
          subsystem: "sys",
          serviceCode: "findUsage",
          subject: { memberClass: "GOV", memberCode: caller, subsystemCode: "sys" },
        })),
        ...more,
      });
      return { path, agency: `http://127.0.0.1:${agency.port}`, databaseUrl };
    },
  };
}

/** Asks REG, through APP's gateway, who read the data of an invented person. */
export function askUsage(agency: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${agency}/r1/TW/GOV/REG/sys/findUsage/v1/search`, {
    method: "POST",
    headers: { "x-road-client": "TW/GOV/APP/sys", "content-type": "application/json", connection: "close" },
    body: '{"subject":"A700000001"}',
    ...init,
  });
}
