import { Hono } from "hono";
import {
  authorsOf,
  globWarnings,
  readDate,
  readGrant,
  samePerson,
  subjectText,
  writtenOf,
  type AccessRight,
  type RightState,
} from "#exchange";
import type { Refusal, Result } from "#kernel";
import type { DeskEnv, DeskRequest } from "../desk/context.ts";
import type { GatewayDeskContext } from "./context.ts";
import { codesIn, listedCodes } from "./pages/code-inputs.ts";
import { askPage } from "./pages/rights-ask.ts";
import { rightFormPage } from "./pages/right-form.ts";
import { rightGroupsPage } from "./pages/right-groups.ts";
import { rightPage } from "./pages/right.ts";
import { reviewPage, rightsPage } from "./pages/rights.ts";
import { simulationPage } from "./pages/rights-ask.ts";
import { serviceName } from "./pages/right-words.ts";
import { chromeOf, ownForm, sendPage, sendRefusal } from "../desk/reply.ts";

const perPage = 50;
const days = 30;
/** Refusals that are shown beside the control they speak of. */
const onForm: ReadonlySet<string> = new Set(["right-invalid", "group-unknown", "right-name-unknown"]);
const states: ReadonlySet<string> = new Set<RightState>([
  "draft",
  "proposed",
  "approved",
  "active",
  "suspended",
  "expired",
  "revoked",
]);

/** The rights on this agency's services: looked at, proposed, approved, reviewed, explained and tried out. */
export function rightsRoutes(context: GatewayDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  const { rights } = context.gateway;

  routes.get("/rights", async (c) => {
    const search = (c.req.query("q") ?? "").trim().slice(0, 100);
    const asked = c.req.query("state") ?? "";
    const state = states.has(asked) ? (asked as RightState) : undefined;
    const found = (await rights.all()).filter(
      (right) => (state === undefined || right.state === state) && speaksOf(right, search),
    );
    const pages = Math.max(1, Math.ceil(found.length / perPage));
    const wanted = Number(c.req.query("page") ?? 1);
    const page = Number.isInteger(wanted) && wanted >= 1 && wanted <= pages ? wanted : 1;
    const shown = found.slice((page - 1) * perPage, page * perPage);
    const view = { rights: shown, found: found.length, page, pages, search, state };
    return sendPage(c, rightsPage(view, c.var.lang, chromeOf(context, c)));
  });
  routes.get("/rights/review", async (c) =>
    sendPage(c, reviewPage(await rights.due(days), c.var.lang, chromeOf(context, c))),
  );

  routes.get("/rights/new", async (c) => {
    const { amend, like } = c.req.query();
    const id = amend ?? like;
    const pattern = id === undefined ? undefined : await rights.find(id);
    if (id !== undefined && !pattern) return sendRefusal(context, c, { code: "right-unknown" });
    const { from: _from, ...written } = pattern ? writtenOf(pattern) : { from: "" };
    return sendForm(c, { ...written, ...(amend ? {} : { until: "", review: "" }) }, { amend });
  });
  routes.post("/rights/new", async (c) => {
    const form = await ownForm(c);
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const { as, amend, replaces, note = "", ...typed } = form;
    const codes = (["purposes", "legalBases", "consentUnless"] as const).map((id) => [id, codesIn(typed, id)] as const);
    const written = { ...typed, ...Object.fromEntries(codes) };
    const grant = readGrant(written);
    const by = byOf(c, note);
    const again = (refusal: Refusal) => {
      if (!onForm.has(refusal.code)) return sendRefusal(context, c, refusal);
      const wrong = refusal.code === "group-unknown" ? "group" : String(refusal.params?.["reason"]);
      const near = refusal.params?.["near"];
      const unknown = refusal.code === "right-name-unknown";
      return sendForm(
        c,
        { ...written, note },
        { amend, replaces, wrong, unknown, ...(near === undefined ? {} : { near: String(near) }) },
      );
    };
    if (!grant.ok) return again(grant.error);
    const draft = as === "draft";
    const done = amend
      ? await rights.amend(amend, grant.value, by)
      : await rights.propose(grant.value, { ...by, draft, ...(replaces ? { replaces } : {}) });
    if (!done.ok) return again(done.error);
    if (amend && !draft) {
      const submitted = await rights.submit(done.value.id, by);
      if (!submitted.ok) return sendRefusal(context, c, submitted.error);
    }
    return c.redirect(`/rights/right/${done.value.id}`, 303);
  });

  routes.get("/rights/right/:id", async (c) => {
    const right = await rights.find(c.req.param("id"));
    if (!right) return sendRefusal(context, c, { code: "right-unknown" });
    const history = await rights.history(right.id);
    const authors = authorsOf(history);
    const isAuthor = (name: string): boolean => authors.some((by) => by === null || samePerson(by, name));
    const others = (await context.operators.list()).map(({ name }) => name).filter((name) => !isAuthor(name));
    const approval = { isOwn: isAuthor(c.var.session?.operator ?? ""), others };
    const view = { right, history, warnings: globWarnings(right.pathGlob), approval };
    return sendPage(c, rightPage(view, c.var.lang, chromeOf(context, c)));
  });
  routes.post("/rights/right/:id", async (c) => {
    const form = await ownForm(c);
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const done = await act(c.req.param("id"), form, byOf(c, form["note"] ?? ""));
    return done.ok ? c.redirect(`/rights/right/${done.value.id}`, 303) : sendRefusal(context, c, done.error);
  });
  routes.get("/rights/right/:id/simulate", async (c) => {
    const right = await rights.find(c.req.param("id"));
    if (!right) return sendRefusal(context, c, { code: "right-unknown" });
    const doing = c.req.query("do") === "approve" ? "approve" : "revoke";
    const simulated = await rights.simulate([{ do: doing, id: right.id }], { days });
    if (!simulated.ok) return sendRefusal(context, c, simulated.error);
    const view = { do: doing, simulation: simulated.value, right, days } as const;
    return sendPage(c, simulationPage(view, c.var.lang, chromeOf(context, c)));
  });

  routes.get("/rights/ask", async (c) => {
    const services = await serviceNames();
    const send = (view: Omit<Parameters<typeof askPage>[0], "services" | "listed">) =>
      sendPage(
        c,
        askPage(
          { services, listed: listedCodes(context.gateway.purposes()), ...view },
          c.var.lang,
          chromeOf(context, c),
        ),
      );
    const { id, field, ...suppose } = Object.fromEntries(
      Object.entries(c.req.query()).map(([name, value]) => [name, value.trim()]),
    );
    if (id) {
      const explained = await rights.explain(id);
      return explained.ok ? send({ id, explained: explained.value }) : send({ id, unknown: true });
    }
    if (field) return send({ field, readers: await rights.whoCanRead(field) });
    const { client, service, method, path = "", purpose, legalBasis, gateway, at, consent } = suppose;
    if (!client || !service) return send(client || service ? { suppose, unknown: true } : {});
    const [subsystem = "", serviceCode = ""] = service.split("/").map(decoded);
    const when = at ? readDate(at) : undefined;
    if (when === "unreadable") return send({ suppose, unknown: true });
    const judged = await rights.evaluate({
      client,
      subsystem,
      serviceCode,
      method: method || "GET",
      path,
      ...(purpose ? { purpose } : {}),
      ...(legalBasis ? { legalBasis } : {}),
      ...(gateway ? { gateway } : {}),
      ...(when ? { at: when } : {}),
      consent: consent === "yes",
    });
    return judged.ok ? send({ suppose, judged: judged.value }) : send({ suppose, unknown: true });
  });

  routes.get("/rights/groups", async (c) =>
    sendPage(c, rightGroupsPage(await rights.groups(), c.var.lang, chromeOf(context, c))),
  );
  routes.post("/rights/groups", async (c) => {
    const form = await ownForm(c);
    if (!form) return sendRefusal(context, c, { code: "form-tampered" });
    const { act: doing, code = "", client = "", title = "" } = form;
    const by = byOf(c, "");
    const done: Result<object, Refusal> =
      doing === "define"
        ? await rights.defineGroup({ code, title }, by)
        : await rights[doing === "join" ? "join" : "leave"](code, client.trim(), by);
    return done.ok ? c.redirect("/rights/groups", 303) : sendRefusal(context, c, done.error);
  });
  return routes;

  async function act(
    id: string,
    form: Readonly<Record<string, string>>,
    by: { readonly by: string; readonly note?: string },
  ): Promise<Result<{ readonly id: string }, Refusal>> {
    const seen = Number(form["seen"]);
    switch (form["act"]) {
      case "approve":
        // What was read is what is approved: a proposal that changed meanwhile is not.
        return rights.approve(id, { ...by, seen });
      case "reject":
        return rights.reject(id, by);
      case "propose":
        return rights.submit(id, by);
      case "activate":
        return rights.activate(id, by);
      case "suspend":
        return rights.suspend(id, by);
      case "resume":
        return rights.resume(id, by);
      case "revoke":
        return rights.revoke(id, by);
      case "review":
        return rights.confirm(id, { ...by, reviewAt: dateOr(form["review"]) });
      case "renew": {
        const reviewAt = form["review"]?.trim() ? { reviewAt: dateOr(form["review"]) } : {};
        return rights.renew(id, { ...by, validUntil: dateOr(form["until"]), ...reviewAt });
      }
      default:
        return { ok: false, error: { code: "form-tampered" } };
    }
  }

  async function serviceNames(): Promise<readonly string[]> {
    return (await rights.services()).map(({ path }) => path.split("/").slice(3).join("/"));
  }

  async function sendForm(
    c: DeskRequest,
    written: Parameters<typeof rightFormPage>[0]["written"],
    more: Pick<Parameters<typeof rightFormPage>[0], "amend" | "replaces" | "wrong" | "unknown" | "near">,
  ) {
    const listed = listedCodes(context.gateway.purposes());
    const view = { written, listed, services: await serviceNames(), ...more };
    return sendPage(c, rightFormPage(view, c.var.lang, chromeOf(context, c)), more.wrong === undefined ? 200 : 422);
  }
}

function byOf(c: DeskRequest, note: string): { readonly by: string; readonly note?: string } {
  const said = note.trim().slice(0, 500);
  return { by: c.var.session?.operator ?? "", ...(said ? { note: said } : {}) };
}

/** Whether a right has a text somewhere people would look for it. */
function speaksOf(right: AccessRight, search: string): boolean {
  if (search === "") return true;
  const all = [
    serviceName(right),
    subjectText(right.subject),
    right.pathGlob,
    right.owner ?? "",
    right.id,
    ...right.purposes,
    ...right.legalBases,
    ...(right.fields ?? []),
  ];
  return all.join("\n").toLowerCase().includes(search.toLowerCase());
}

/** The date as it was written; else one that no right can end on, so that it is refused as a date. */
function dateOr(text: string | undefined): Date {
  const date = readDate(text?.trim() ?? "");
  return date === "unreadable" ? new Date(Number.NaN) : date;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
