import { Hono } from "hono";
import { identifierPath } from "#exchange";
import { readUpTo, type Language } from "#kernel";
import type { DeskEnv, DeskRequest } from "../desk/context.ts";
import type { GatewayDeskContext } from "./context.ts";
import { listedCodes } from "./pages/code-inputs.ts";
import { statusWords } from "./pages/status-words.ts";
import { tryPage, type Tried, type TryView } from "./pages/try.ts";
import { refusalWords } from "../desk/refusal-words.ts";
import { chromeOf, ownForm, sendPage, sendRefusal } from "../desk/reply.ts";
import { curlOf, emptyFields, missingFields, operationsOf, requestOf, type TryOperation } from "./try-call.ts";

/** Bytes of an answer that are shown; a longer one is not read on. */
const largestAnswer = 1024 * 1024;
const patienceMs = 30_000;

/**
 * Tries a data service by real calls through this gateway's own agency side, as an information system would: what is
 * allowed, minimised and recorded is the gateway's to say. Who and what is chosen stands in the address, values about
 * people only in the form.
 */
export function tryRoutes(context: GatewayDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  routes.get("/try", (c) => answer(c, c.req.query()));
  routes.post("/try", async (c) => {
    const form = await ownForm(c);
    return form ? answer(c, form) : sendRefusal(context, c, { code: "form-tampered" });
  });
  return routes;

  async function answer(c: DeskRequest, form: Readonly<Record<string, string>>): Promise<Response> {
    const { view, client, operation, service } = await chosen(form);
    const { lang } = c.var;
    const empty = c.req.method === "POST" && operation ? emptyFields(operation, form) : [];
    if (empty.length > 0) return sendPage(c, tryPage({ ...view, empty }, lang, chromeOf(context, c)), 422);
    const tried =
      c.req.method === "POST" && operation ? await call({ view, client, operation, service, lang }) : undefined;
    return sendPage(c, tryPage({ ...view, tried }, lang, chromeOf(context, c)));
  }

  async function chosen(form: Readonly<Record<string, string>>): Promise<{
    readonly view: TryView;
    readonly client: string;
    readonly operation: TryOperation | undefined;
    readonly service: string;
  }> {
    const subsystems = await subsystemsOf();
    const own = `${identifierPath(context.member)}/`;
    const pick = (name: string, options: readonly string[]): string =>
      options.includes(form[name] ?? "") ? form[name]! : (options[0] ?? "");
    const clients = subsystems.filter((path) => path.startsWith(own));
    const client = pick("client", clients);
    // Others first: one's own services are tried beside. None is asked before it is chosen.
    const providers = [...subsystems.filter((path) => !path.startsWith(own)), ...clients];
    const provider = providers.includes(form["provider"] ?? "") ? form["provider"]! : "";
    const services = provider === "" ? [] : await servicesOf(client, provider);
    const code = pick("service", services);
    const service = code === "" ? "" : `${provider}/${encodeURIComponent(code)}`;
    const operations = service === "" ? [] : operationsOf(await describe(client, provider, code));
    const id = pick(
      "operation",
      operations.map((one) => one.id),
    );
    const operation = operations.find((one) => one.id === id);
    const choices: TryView["choices"] = [
      { name: "client", chosen: client, options: clients },
      { name: "provider", chosen: provider, options: providers },
      { name: "service", chosen: code, options: services },
      { name: "operation", chosen: id, options: operations.map((one) => one.id) },
    ];
    const view: TryView = {
      path: "/try",
      choices: choices.filter(({ options }) => options.length > 0),
      provider,
      operation,
      recorded: true,
      listed: listedCodes(context.gateway.purposes()),
      form,
    };
    return { view, client, operation, service };
  }

  async function call(o: {
    readonly view: TryView;
    readonly client: string;
    readonly operation: TryOperation;
    readonly service: string;
    readonly lang: Language;
  }): Promise<Tried> {
    const { view, client, operation, service, lang } = o;
    const request = requestOf(operation, view.form);
    const url = `${context.agencyUrl}/r1/${service}${request.target}`;
    const headers = [
      ["X-Road-Client", client],
      ...(request.body === undefined ? [] : [["Content-Type", "application/json"] as const]),
      ...(["purpose", "basis"] as const).flatMap((name) => {
        const given = (view.form[`header.${name}`] ?? "").trim();
        return given === "" || /[^\x21-\x7e]/.test(given)
          ? []
          : [[name === "purpose" ? "Taroko-Purpose" : "Taroko-Legal-Basis", given] as const];
      }),
    ] as const;
    const started = performance.now();
    const got = await ask(url, { method: request.method, headers, body: request.body });
    return {
      curl: curlOf(url, request, headers),
      status: got.status,
      milliseconds: performance.now() - started,
      body: pretty(got.text),
      exchangeId: got.id ?? exchangeIn(got.text),
      problem: refusalWords(got.text, lang) ?? statusWords(got.status, lang),
      missing: got.status === 200 && !view.form["field.fields"] ? missingFields(operation, got.status, got.text) : [],
    };
  }

  /** Subsystems of the country as path forms, as any agency's system may list them. */
  async function subsystemsOf(): Promise<readonly string[]> {
    const listed = await json<{ member?: { id: Readonly<Record<string, string>> }[] }>("/listClients", []);
    return (listed?.member ?? []).flatMap(({ id }) =>
      id["subsystem_code"] === undefined
        ? []
        : [pathOf([id["xroad_instance"], id["member_class"], id["member_code"], id["subsystem_code"]])],
    );
  }

  async function servicesOf(client: string, provider: string): Promise<readonly string[]> {
    const listed = await json<{ service?: { service_code?: string; service_type?: string }[] }>(
      `/r1/${provider}/listMethods`,
      [["X-Road-Client", client]],
    );
    // Others have no description to make a form from.
    const described = (listed?.service ?? []).filter(({ service_type: type }) => type === "OPENAPI");
    return described.flatMap(({ service_code: code }) => code ?? []);
  }

  function describe(client: string, provider: string, code: string): Promise<unknown> {
    return json(`/r1/${provider}/getOpenAPI?serviceCode=${encodeURIComponent(code)}`, [["X-Road-Client", client]]);
  }

  async function json<Value>(
    path: string,
    headers: readonly (readonly [string, string])[],
  ): Promise<Value | undefined> {
    const { status, text } = await ask(`${context.agencyUrl}${path}`, {
      method: "GET",
      headers: [["Accept", "application/json"], ...headers],
      body: undefined,
    });
    try {
      return status === 200 ? (JSON.parse(text) as Value) : undefined;
    } catch {
      return undefined;
    }
  }
}

async function ask(
  url: string,
  o: { readonly method: string; readonly headers: readonly (readonly string[])[]; readonly body: string | undefined },
): Promise<{ readonly status: number; readonly text: string; readonly id?: string | undefined }> {
  try {
    const answer = await fetch(url, {
      method: o.method,
      headers: o.headers.map(([name, value]): [string, string] => [name!, value!]),
      ...(o.body === undefined ? {} : { body: o.body }),
      signal: AbortSignal.timeout(patienceMs),
      redirect: "manual",
    });
    const bytes = answer.body ? await readUpTo(answer.body, largestAnswer) : new Uint8Array();
    return {
      status: answer.status,
      id: answer.headers.get("x-road-request-id") ?? undefined,
      text: bytes ? Buffer.from(bytes).toString("utf8") : `… more than ${largestAnswer} bytes`,
    };
  } catch (fault) {
    return { status: 0, text: fault instanceof Error ? fault.message : String(fault) };
  }
}

/** A refusal has no id in its headers; it names the exchange to those who asked. */
function exchangeIn(answer: string): string | undefined {
  try {
    const { exchange } = (JSON.parse(answer) ?? {}) as { readonly exchange?: unknown };
    return typeof exchange === "string" ? exchange : undefined;
  } catch {
    return undefined;
  }
}

function pathOf(parts: readonly (string | undefined)[]): string {
  return parts.map((part) => encodeURIComponent(part ?? "")).join("/");
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
