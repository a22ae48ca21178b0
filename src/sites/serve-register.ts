import { Hono, type Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { listen, preferredLanguage, securityHeaders } from "#http";
import { systemClock, type Language } from "#kernel";
import { openRegisterFile, type OpenedRegister } from "#registries";
import { assets, type Chrome } from "#ui";
import { statusWords } from "./gateway-desk/pages/status-words.ts";
import { tryPage, type Tried } from "./gateway-desk/pages/try.ts";
import { refusalWords } from "./desk/refusal-words.ts";
import { curlOf, emptyFields, missingFields, operationsOf, requestOf } from "./gateway-desk/try-call.ts";
import type { Site } from "./site.ts";

/** A register on this machine only: its operations and OpenAPI at an address, and a page to try them. */
export interface ServedRegister extends Site {
  reload(): Promise<void>;
  readonly service: string;
}

/** Bytes of a question at most. */
const largestQuestion = 256 * 1024;

/**
 * Serves a declaration's register on loopback, without gateway, rights or records: for its engineer's own data and eyes.
 * @throws `register-declaration` with `findings`; `port-taken`
 */
export async function serveRegister(file: string, o: { readonly port: number }): Promise<ServedRegister> {
  const say = (
    went: { readonly rows: number } | { readonly findings: readonly { readonly message: string }[] },
  ): void =>
    console.log(
      "rows" in went
        ? `the file changed: ${went.rows} rows`
        : `the file changed and is not used: ${went.findings.map(({ message }) => message).join(" ")}`,
    );
  const open = (): Promise<OpenedRegister> => openRegisterFile(file, { clock: systemClock, onReload: say });
  let register = await open();
  let url = "";
  const routes = app(
    () => register,
    () => url,
  );
  const at = { host: "127.0.0.1", port: o.port, option: "--port", maxBody: largestQuestion };
  const listening = await listen((request) => routes.fetch(request), at).catch(async (fault: unknown) => {
    await register.close();
    throw fault;
  });
  url = listening.url;
  const { declaration } = register;
  return {
    name: `register ${file}`,
    service: `${declaration.subsystem}/${declaration.service}`,
    url: listening.url,
    async reload() {
      const next = await open();
      const before = register;
      register = next;
      await before.close();
    },
    async close() {
      await listening.close();
      await register.close();
    },
  };
}

function app(register: () => OpenedRegister, url: () => string): Hono {
  const routes = new Hono();
  const headers = securityHeaders({ https: false });
  routes.use(async (c, next) => {
    // Another site's page must not reach these data by a name of its own that it points at this machine.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(c.req.header("host") ?? "")) return c.text("Ask 127.0.0.1", 421);
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
    return undefined;
  });
  routes.get("/assets/:file", (c) => {
    const file = assets().find(c.req.path);
    if (!file) return c.notFound();
    return c.body(file.bytes.slice().buffer, 200, {
      "Content-Type": file.contentType,
      "Cache-Control": file.cacheControl,
    });
  });
  routes.get("/language", (c) => {
    setCookie(c, "taroko-lang", c.req.query("to") === "en" ? "en" : "zh-Hant", { path: "/", sameSite: "Lax" });
    return c.redirect("/", 303);
  });
  routes.all("/v1/*", async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const answer = await register().call({
      method: c.req.method,
      path: c.req.path,
      query: undefined,
      body,
      client: "sandbox",
    });
    return new Response(answer.body.slice(), {
      status: answer.status,
      headers: answer.headers.map(([name, value]): [string, string] => [name, value]),
    });
  });
  routes.get("/", (c) => show(c, {}));
  routes.post("/", async (c) => show(c, Object.fromEntries(new URLSearchParams(await c.req.text()))));
  return routes;

  async function show(c: Context, form: Readonly<Record<string, string>>): Promise<Response> {
    const { openapi, declaration } = register();
    const operations = operationsOf(openapi);
    const wanted = form["operation"] ?? c.req.query("operation");
    const operation = operations.find(({ id }) => id === wanted) ?? operations[0];
    const lang: Language = preferredLanguage(getCookie(c, "taroko-lang"), c.req.header("accept-language"));
    const chrome: Chrome = {
      path: "/",
      languageUrl: (to) => `/language?to=${to}`,
      office: { name: declaration.title, places: [] },
    };
    let tried: Tried | undefined;
    const empty = c.req.method === "POST" && operation ? emptyFields(operation, form) : [];
    if (c.req.method === "POST" && operation && empty.length === 0) {
      const request = requestOf(operation, form);
      const started = performance.now();
      const answer = await register().call({
        method: request.method,
        path: request.target,
        query: undefined,
        body: Buffer.from(request.body ?? ""),
      });
      const text = Buffer.from(answer.body).toString("utf8");
      tried = {
        curl: curlOf(
          `${url()}${request.target}`,
          request,
          request.body === undefined ? [] : [["Content-Type", "application/json"]],
        ),
        status: answer.status,
        milliseconds: performance.now() - started,
        body: JSON.stringify(JSON.parse(text), null, 2),
        problem: refusalWords(text, lang) ?? statusWords(answer.status, lang),
        missing: form["field.fields"] ? [] : missingFields(operation, answer.status, text),
      };
    }
    const choices = [
      { name: "operation" as const, chosen: operation?.id ?? "", options: operations.map(({ id }) => id) },
    ];
    const view = { path: "/", choices, operation, recorded: false, form, empty, tried };
    return c.html(tryPage(view, lang, chrome) as string, empty.length > 0 ? 422 : 200);
  }
}
