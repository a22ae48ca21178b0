import { Hono, type Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { z } from "zod";
import { preferredLanguage } from "#http";
import { localPath } from "#identity";
import { problemTables } from "#sites";
import { authorize } from "./authorize.ts";
import { faultNames, type FaultName } from "./faults.ts";
import { personasPage } from "./page.ts";
import type { PersonaSite } from "./persona-site.ts";
import { describeSite } from "./describe-site.ts";

const faultName = z.enum(faultNames as readonly [FaultName, ...FaultName[]]);
const faultsBody = z.object({ faults: z.array(faultName) });
const signInBody = z.object({ persona: z.string(), low: z.boolean().optional(), client: z.string().optional() });
const authorizeBody = z.object({
  url: z.url(),
  persona: z.string(),
  low: z.boolean().optional(),
  actFor: z.string().optional(),
  refuse: z.boolean().optional(),
});
const logoutBody = z.object({ uri: z.url() });

/**
 * The personas' pages, and the same for test suites. Only programs may use the API: it takes JSON alone, which no foreign
 * page can send.
 *
 *     GET  /personas                          the list; `next` is where a sign-in goes on
 *     POST /personas/sign-in                  persona, next
 *     POST /personas/faults                   client, fault…
 *     GET  /personas/api                      endpoints, clients, personas, faults
 *     PUT  /personas/api/faults/<client>      {faults: […]}; `*` is every client
 *     PUT  /personas/api/logout/<client>      {uri}: where its logout tokens go
 *     POST /personas/api/sign-in              {persona, low?, client?} → {cookie}
 *     POST /personas/api/authorize            {url, persona, low?, actFor?, refuse?} → {redirect}, the callback with its code
 */
export function personaRoutes(site: PersonaSite): Hono {
  const app = new Hono();
  const isClient = (id: string): boolean => id === "*" || /^sandbox-[\w-]{1,60}$/.test(id);

  app.get("/", (c) => {
    const lang = preferredLanguage(getCookie(c, "taroko-lang"), c.req.header("accept-language"));
    const { next, refused, client } = c.req.query();
    const entry = Object.values(problemTables)
      .map((table) => (table as Record<string, (typeof table)[keyof typeof table]>)[refused ?? ""])
      .find(Boolean);
    const path = new URL(c.req.url).pathname + new URL(c.req.url).search;
    const page = personasPage(
      site,
      {
        next: next === undefined ? undefined : localPath(next),
        problem: entry,
        client,
        as: getCookie(c, "personas-as"),
      },
      lang,
      { path, languageUrl: (to) => `/language?to=${to}&back=${encodeURIComponent(path)}` },
    );
    return c.html(page as string);
  });

  app.use("/sign-in", csrf({ origin: site.origin }));
  app.use("/faults", csrf({ origin: site.origin }));
  app.post("/sign-in", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const next = localPath(form.get("next") ?? "/account");
    const key = form.get("persona") ?? "";
    if (key === "") {
      setCookie(c, "personas-real", "1", { path: "/", httpOnly: true, sameSite: "Lax" });
      return c.redirect(next, 303);
    }
    return site.personas.has(key) ? site.enter(c, { key, next }) : c.notFound();
  });
  app.post("/faults", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const client = form.get("client") ?? "";
    const on = faultNames.filter((name) => form.getAll("fault").includes(name));
    if (!isClient(client)) return c.notFound();
    site.switches.set(client, on);
    return c.redirect(`/personas?client=${encodeURIComponent(client)}#faults`, 303);
  });

  app.post("/logout/:client", async (c) => {
    const client = c.req.param("client");
    if (site.switches.has(client, "logout-lost")) return c.body(null, 503);
    const to = site.logoutUris.get(client);
    if (to === undefined) return c.body(null, 204);
    const form = new URLSearchParams(await c.req.text());
    const answer = await fetch(to, { method: "POST", body: form, signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
    return c.body(null, answer?.ok ? 204 : 503);
  });

  app.get("/api", (c) => c.json(describeSite(site)));
  app.put("/api/faults/:client", async (c) => {
    const body = await read(c, faultsBody);
    const client = c.req.param("client");
    if (!body || !isClient(client)) return badRequest(c);
    site.switches.set(client, body.faults);
    return c.json({ client, faults: body.faults });
  });
  app.put("/api/logout/:client", async (c) => {
    const body = await read(c, logoutBody);
    if (!body) return badRequest(c);
    site.logoutUris.set(c.req.param("client"), body.uri);
    return c.json({ client: c.req.param("client"), uri: body.uri });
  });
  app.post("/api/sign-in", async (c) => {
    const body = await read(c, signInBody);
    if (!body || !site.personas.has(body.persona)) return badRequest(c);
    const done = await site.signIn(body.persona, { client: body.client, low: body.low ?? false });
    if (!done.ok) return c.json({ code: done.error.code }, 422);
    return c.json({ cookie: `taroko-session=${done.value.token}; personas-as=${body.persona}` });
  });
  app.post("/api/authorize", async (c) => {
    const body = await read(c, authorizeBody);
    if (!body || !site.personas.has(body.persona) || new URL(body.url).origin !== site.origin) return badRequest(c);
    const done = await authorize(site, body);
    return c.json(done, "redirect" in done ? 200 : 422);
  });
  return app;
}

async function read<Body>(c: Context, schema: z.ZodType<Body>): Promise<Body | undefined> {
  if (!/^application\/json\b/.test(c.req.header("content-type") ?? "")) return undefined;
  const parsed = schema.safeParse(await c.req.json().catch(() => undefined));
  return parsed.success ? parsed.data : undefined;
}

function badRequest(c: Context): Response {
  return c.json({ code: "bad-request", see: "docs/guides/personas.md" }, 400);
}
