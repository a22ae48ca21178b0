import { personas } from "#demo";
import { taiwan } from "#countries/taiwan";
import { callService } from "#flows";
import { openRegister } from "#registries";
import { registers } from "#countries/taiwan";
import { openDatabase } from "#store";
import { withCountry } from "./country.ts";
import { median, printTable, quantile, sample } from "./figures.ts";

/**
 * One lookup of the household register's relations, (a) straight at the register in this process, (b) through both
 * gateways: r1, two signatures made and two verified, mutual TLS, rights, and a durable log entry on each side.
 */
export async function benchExchange(): Promise<void> {
  await withCountry(8740, async (country) => {
    const { gateway } = country.portal.portal;
    const { representation } = taiwan;
    const body = { [representation.key]: personas[0]!.nationalId };
    const call = async (): Promise<void> => {
      const answer = await callService(gateway, {
        service: "TW/GOV/MOI/household/representation",
        path: "/v1/search",
        body,
        purpose: representation.purpose,
        legalBasis: representation.legalBasis,
      });
      if (!answer.ok) throw new Error(answer.error.inside ?? answer.error.code);
    };
    const database = openDatabase(country.registerUrl("moi"), { max: 4 });
    const declaration = registers.find((one) => one.declaration.service === "representation")!.declaration;
    const register = await openRegister(declaration, database);
    const direct = async (): Promise<void> => {
      const answer = await register.call({
        method: "POST",
        path: "/v1/search",
        query: undefined,
        body: new TextEncoder().encode(JSON.stringify(body)),
      });
      if (answer.status !== 200) throw new Error(`the register answers ${answer.status}`);
    };
    const bare = await sample(300, 30, direct);
    const whole = await sample(300, 30, call);
    const rows: (string | number)[][] = [
      ["the register alone", median(bare), quantile(bare, 0.95), 1],
      ["through both gateways", median(whole), quantile(whole, 0.95), median(whole) / median(bare)],
    ];
    printTable(["way", "p50, ms", "p95, ms", "ratio"], rows);
    console.log();
    const commits = async (): Promise<number> => {
      await new Promise((done) => setTimeout(done, 1100)); // PostgreSQL counts a second late
      const text = "select sum(xact_commit)::float8 as n from pg_stat_database";
      return (await database.one<{ n: number }>(text))!.n;
    };
    const loads: (string | number)[][] = [];
    for (const callers of [1, 4, 16]) {
      const commitsBefore = await commits();
      const cpu = process.cpuUsage();
      const from = performance.now();
      const each = Math.ceil(400 / callers);
      await Promise.all(
        Array.from({ length: callers }, async () => {
          for (let done = 0; done < each; done += 1) await call();
        }),
      );
      const calls = each * callers;
      const rate = (calls * 1000) / (performance.now() - from);
      const { user, system } = process.cpuUsage(cpu);
      const committed = (await commits()) - commitsBefore;
      loads.push([callers, rate, (user + system) / 1000 / calls, committed / calls]);
    }
    printTable(["callers at a time", "calls a second", "Node's CPU a call, ms", "transactions a call"], loads);
    await database.close();
  });
}
