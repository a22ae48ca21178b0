import { compileContract, fieldList, fieldNames, keepFields } from "#exchange";

const row = {
  id: "A700000001",
  name: "王大同",
  born: "1990-02-28",
  income: 412.5,
  address: { city: "台北", street: "x" },
};
const body = Buffer.from(JSON.stringify({ rows: Array.from({ length: 8 }, () => row), next: null }));
const schema = {
  type: "object",
  required: ["rows"],
  properties: {
    next: { type: ["string", "null"] },
    rows: {
      type: "array",
      items: {
        type: "object",
        required: ["id", "name"],
        additionalProperties: false,
        properties: {
          id: { type: "string", pattern: "^[A-Z][0-9]{9}$" },
          name: { type: "string", maxLength: 100 },
          born: { type: "string", format: "date" },
          income: { type: "number" },
          address: { type: "object", properties: { city: { type: "string" }, street: { type: "string" } } },
        },
      },
    },
  },
};
const content = { "application/json": { schema } };
const compiled = compileContract({
  openapi: "3.1.0",
  paths: { "/v1/{x}": { post: { requestBody: { content }, responses: { "200": { content } } } } },
});
if (!compiled.ok) throw new Error(JSON.stringify(compiled));
const contract = compiled.value;
const headers = [["Content-Type", "application/json"]] as const;
const request = { method: "POST", servicePath: "/v1/a", query: "a=1", headers, body };
const lists = [fieldList(["id", "/address/city"])];

const cases: Readonly<Record<string, () => unknown>> = {
  "JSON.parse alone": () => JSON.parse(body.toString()),
  "names of the fields, no limit": () => fieldNames(body),
  "fields kept by a right": () => keepFields(body, lists),
  "request checked": () => contract.checkRequest(request),
  "response checked": () => contract.checkResponse(request, { status: 200, headers, body }),
};
/**
 * What looking into a call costs: field minimisation and contract checks, in microseconds for one body of about 1 KB.
 * One thread, no network, no database.
 */
export async function benchChecks(): Promise<void> {
  console.log(`body of ${body.length} bytes`);
  for (const [name, run] of Object.entries(cases)) {
    for (let warm = 0; warm < 3000; warm += 1) run();
    const times: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const started = performance.now();
      for (let count = 0; count < 500; count += 1) run();
      times.push(((performance.now() - started) / 500) * 1000);
    }
    const [median] = times.toSorted((a, b) => a - b).slice(10);
    console.log(`${name.padEnd(32)} ${median?.toFixed(1)} µs`);
  }
}
