import { z } from "zod";
import { err, ok, type Localised } from "#kernel";
import { verifyWebhook, type FeeProvider, type ProviderReport, type SettlementLine } from "#payments";

const amount = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(BigInt);
const report = z.discriminatedUnion("state", [
  z.object({ state: z.enum(["open", "cancelled", "expired", "unknown-order"]) }),
  z.object({ state: z.literal("pending"), payBy: z.iso.datetime().optional() }),
  z.object({ state: z.literal("declined"), reason: z.string() }),
  z.object({ state: z.literal("paid"), amount, currency: z.string(), method: z.string() }),
]);
const refund = z.discriminatedUnion("result", [
  z.object({ result: z.literal("done"), reference: z.string() }),
  z.object({ result: z.literal("pending") }),
  z.object({ result: z.literal("refused"), reason: z.string() }),
]);
const begun = z.object({ path: z.string().startsWith("/pay/"), reference: z.string() });
const line = z.tuple([
  z.string().min(1),
  z.enum(["payment", "refund"]),
  z.string(),
  amount,
  z.string(),
  z.iso.datetime(),
]);
const notice = z.looseObject({ charge: z.string() });

export interface SandboxAccess {
  /** Where the simulator answers us. */
  readonly url: string;
  /** Where payers' browsers find it. */
  readonly publicUrl: string;
  readonly apiKey: string;
  readonly secret: Uint8Array;
  /** The country's time, for the day of a settlement: `+08:00`. */
  readonly utcOffset: string;
  readonly timeoutMs?: number;
}

const title: Localised = {
  "zh-Hant": "信用卡、超商或轉帳（模擬器）",
  en: "Card, convenience store or transfer (simulator)",
};

/** The way from Taroko to the payment simulator, as an agency's provider would be joined. */
export function sandboxProvider({
  url,
  publicUrl,
  apiKey,
  secret,
  utcOffset,
  timeoutMs = 8_000,
}: SandboxAccess): FeeProvider {
  async function call(path: string, body?: object): Promise<Response> {
    return fetch(new URL(path, url), {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  }
  async function said<Value>(shape: z.ZodType<Value>, path: string, body?: object): Promise<Value> {
    const answer = await call(path, body);
    if (!answer.ok)
      throw Object.assign(new Error(`the provider answers ${answer.status}`), { code: "provider-silent" });
    return shape.parse(await answer.json());
  }
  const of = (charge: string): string => `/v1/charges/${encodeURIComponent(charge)}`;
  return {
    id: "sandbox",
    title,
    simulator: true,
    origin: new URL(publicUrl).origin,
    start: async ({ charge, language, expiresAt, amount: sum, ...order }) => {
      const answer = await call("/v1/charges", {
        ...order,
        charge,
        amount: String(sum),
        expiresAt: expiresAt.toISOString(),
      });
      if (answer.status === 409) return { result: "refused", reason: "over" };
      if (!answer.ok)
        throw Object.assign(new Error(`the provider answers ${answer.status}`), { code: "provider-silent" });
      const { path, reference } = begun.parse(await answer.json());
      return { result: "begun", redirect: `${publicUrl}${path}?lang=${language}`, reference };
    },
    status: async (charge) => reportOf(await said(report, of(charge))),
    cancel: async (charge) => reportOf(await said(report, `${of(charge)}/cancel`, {})),
    refund: ({ charge }) => said(refund, `${of(charge)}/refund`, {}),
    readNotice: (headers, body, now) => {
      const genuine = verifyWebhook([secret], headers, body, now);
      if (!genuine.ok) return genuine;
      const content = z.string().transform(parsed).safeParse(body).data;
      const [whose, what] = [notice.safeParse(content), report.safeParse(content)];
      if (!whose.success || !what.success) return err({ code: "notice-unreadable" });
      return ok({ id: genuine.value.id, charge: whose.data.charge, report: reportOf(what.data) });
    },
    settlement: async (day) => {
      const from = new Date(`${day}T00:00:00${utcOffset}`);
      const to = new Date(from.getTime() + 86_400_000);
      const answer = await call(`/v1/settlement?from=${from.toISOString()}&to=${to.toISOString()}`);
      if (answer.status === 404) return undefined;
      if (!answer.ok)
        throw Object.assign(new Error(`the provider answers ${answer.status}`), { code: "provider-silent" });
      const content = await answer.text();
      return { name: `sandbox-${day}.csv`, content, lines: linesOf(content) };
    },
  };
}

function reportOf(said: z.output<typeof report>): ProviderReport {
  if (said.state !== "pending") return said;
  return { state: "pending", ...(said.payBy && { payBy: new Date(said.payBy) }) };
}

function linesOf(content: string): SettlementLine[] {
  return content
    .split("\r\n")
    .slice(1)
    .filter((row) => row !== "")
    .map((row) => {
      const [reference, kind, charge, sum, currency] = line.parse(row.split(","));
      return { reference, kind, charge, amount: sum, currency };
    });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
