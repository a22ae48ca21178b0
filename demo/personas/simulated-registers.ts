import { setTimeout } from "node:timers/promises";
import { Hono } from "hono";
import { householdRows, officerRows, representationRows, type Row } from "../registers.ts";
import type { Persona } from "./people.ts";

/** Milliseconds until a register that is silent about somebody gives up. */
const patience = 2_000;

/**
 * The registers, without gateways, agencies and records: what a portal's own gateway would answer, from the same rows as
 * the demonstration country's databases. Right, consent and signature are not looked at, so nothing of the exchange can be
 * tried here.
 *
 *     POST /r1/<service>/v1/lookup {key: number}  → the row, or 404
 *     POST /r1/<service>/v1/search {key: number}  → {rows, next: null}
 */
export function simulatedRegisters(people: readonly Persona[]): Hono {
  const registers: Readonly<Record<string, readonly Row[]>> = {
    "TW/GOV/MOI/household/household": householdRows(people),
    "TW/GOV/MOI/household/representation": representationRows(people),
    "TW/GOV/MODA/company-register/officers": officerRows(people),
    "TW/GOV/MOHW/disability/certificate": people.flatMap(({ nationalId, certificate }) =>
      certificate
        ? [
            {
              national_id: nationalId,
              categories: certificate.categories,
              severity: certificate.severity,
              valid_until: certificate.validUntil,
            },
          ]
        : [],
    ),
    "TW/GOV/TPE-DOSW/welfare/income-class": people.flatMap(({ nationalId, incomeClass }) =>
      incomeClass ? [{ national_id: nationalId, income_class: incomeClass }] : [],
    ),
  };
  const silent = new Set(people.filter((one) => one.silent).map(({ nationalId }) => nationalId));
  let exchanges = 0;
  const app = new Hono();
  app.post("/r1/:service{.+}/v1/:how", async (c) => {
    const rows = registers[c.req.param("service")];
    const [[key, value] = []] = Object.entries(await c.req.json<Record<string, unknown>>());
    if (silent.has(String(value))) await setTimeout(patience, undefined, { ref: false });
    if (!rows || key === undefined || silent.has(String(value))) {
      c.header("X-Road-Error", "Server.ServerProxy.ServiceFailed.HttpError");
      return c.json(
        { type: "Server.ServerProxy.ServiceFailed.HttpError", message: "the register does not answer" },
        500,
      );
    }
    c.header("X-Road-Request-Id", `simulated-${(exchanges += 1)}`);
    const found = rows.filter((row) => row[key] === value);
    if (c.req.param("how") === "search") return c.json({ rows: found, next: null });
    return found[0] ? c.json(found[0]) : c.json({}, 404);
  });
  app.all("*", (c) => {
    c.header("X-Road-Error", "Server.ServerProxy.ServiceFailed.UnknownService");
    return c.json({ type: "Server.ServerProxy.ServiceFailed.UnknownService", message: "not simulated here" }, 500);
  });
  return app;
}
