import { Hono, type Context } from "hono";
import {
  askForProduction,
  changeClient,
  clientFields,
  clientFormOf,
  clientsToDecide,
  decideOnClient,
  deleteClient,
  endRelease,
  lookAtStop,
  myClient,
  myClients,
  publishedClients,
  registerSandbox,
  releasesOf,
  stopClient,
  workingClients,
  type ClientField,
  type ClientForm,
  type ClientRow,
  type Session,
} from "#identity";
import {
  clientFaultText,
  clientFormPage,
  clientPage,
  clientPaths,
  decideClientsPage,
  developersPage,
  relyingPartiesPage,
  releasesPage,
  releasesPath,
} from "#identity/pages";
import type { Localised } from "#kernel";
import { both, type FieldError } from "#ui";
import { mayDecideOnClients, mayOpenClients } from "./authorise.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

type Visited = Context<PortalEnv>;

const emptyForm: ClientForm = {
  ...(Object.fromEntries(clientFields.map((field) => [field, ""])) as ClientForm),
  userinfo: "json",
  tokenFormat: "opaque",
};
const ownerNeeded: FieldError = {
  field: "owner",
  text: both("請填機關的成員代碼或統一編號。", "Give the organisation's member path or uniform number."),
};

/** Where relying parties register themselves, see what went wrong, and ask for production; and where officers decide. */
export function clientRoutes(context: PortalContext): Hono<PortalEnv> {
  const { provider } = context;
  const { clock } = provider.options.identity;
  const routes = new Hono<PortalEnv>();

  routes.get(clientPaths.mine, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const view = { issuer: provider.issuer, clients: await myClients(provider, session), now: clock.now() };
    return sendPage(c, developersPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(clientPaths.register, (c) => {
    const session = signedIn(c);
    return session instanceof Response ? session : showForm(c, clientPaths.register, emptyForm, []);
  });

  routes.post(clientPaths.register, async (c) => {
    const sent = await own(c);
    if (sent instanceof Response) return sent;
    const form = formOf(sent.form);
    const done = await registerSandbox(provider, sent.session, form);
    return done.ok
      ? goTo(c, clientPaths.client(done.value.id))
      : showForm(c, clientPaths.register, form, done.error.faults ?? []);
  });

  routes.get("/developers/:id", async (c) => {
    const session = signedIn(c);
    return session instanceof Response ? session : showClient(c, session, []);
  });

  routes.get("/developers/:id/change", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const found = await myClient(provider, session, c.req.param("id"));
    if (!found.ok) return sendRefusal(context, c, found.error);
    const { client } = found.value;
    return showForm(c, `/developers/${client.id}/change`, clientFormOf(client.profile, client.metadata), [], client);
  });

  routes.post("/developers/:id/change", async (c) => {
    const sent = await own(c);
    if (sent instanceof Response) return sent;
    const id = c.req.param("id");
    const form = formOf(sent.form);
    const done = await changeClient(provider, sent.session, id, form);
    if (done.ok) return goTo(c, clientPaths.client(id));
    const found = await myClient(provider, sent.session, id);
    if (!found.ok) return sendRefusal(context, c, found.error);
    return showForm(c, `/developers/${id}/change`, form, done.error.faults ?? [], found.value.client);
  });

  routes.post("/developers/:id/delete", async (c) => {
    const sent = await own(c);
    if (sent instanceof Response) return sent;
    const done = await deleteClient(provider, sent.session, c.req.param("id"));
    return done.ok ? goTo(c, clientPaths.mine) : sendRefusal(context, c, done.error);
  });

  routes.post("/developers/:id/ask", async (c) => {
    const sent = await own(c);
    if (sent instanceof Response) return sent;
    const found = await myClient(provider, sent.session, c.req.param("id"));
    if (!found.ok) return sendRefusal(context, c, found.error);
    const { client } = found.value;
    const asked = { owner: sent.form["owner"] ?? "", form: clientFormOf(client.profile, client.metadata) };
    const done = await askForProduction(provider, sent.session, client.id, asked);
    if (done.ok) return goTo(c, clientPaths.client(done.value.id));
    const { faults = [] } = done.error;
    return showClient(
      c,
      sent.session,
      // What is wrong for production stands in the form that says it.
      faults.length === 0 ? [ownerNeeded] : faults.map((fault) => ({ field: "owner", text: clientFaultText(fault) })),
    );
  });

  routes.get(releasesPath, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const labels = new Map<string, Localised>([
      ["name", both("姓名", "name")],
      ...provider.options.catalogue.map(({ scope, label }): [string, Localised] => [scope, label]),
    ]);
    return sendPage(
      c,
      releasesPage({ releases: await releasesOf(provider, session), labels }, c.var.visit.lang, chromeOf(c)),
    );
  });

  routes.post(releasesPath, async (c) => {
    const sent = await own(c);
    if (sent instanceof Response) return sent;
    const done = await endRelease(provider, sent.session, sent.form["release"] ?? "");
    return done.ok ? goTo(c, releasesPath) : sendRefusal(context, c, done.error);
  });

  routes.get(clientPaths.list, async (c) =>
    sendPage(c, relyingPartiesPage(await publishedClients(provider), c.var.visit.lang, chromeOf(c))),
  );
  routes.get(clientPaths.json, async (c) => c.json({ relying_parties: await publishedClients(provider) }));

  routes.get(clientPaths.decide, async (c) => {
    const officer = await onDuty(c);
    if (officer instanceof Response) return officer;
    const view = {
      waiting: await clientsToDecide(provider),
      working: await workingClients(provider),
      officer: officer.person.id,
    };
    return sendPage(c, decideClientsPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.post(clientPaths.decide, async (c) => {
    const officer = await onDuty(c);
    if (officer instanceof Response) return officer;
    const form = ownForm(officer, await readForm(c));
    const answer = form?.["answer"];
    if (!form || !isAnswer(answer)) return sendRefusal(context, c, { code: "form-tampered" });
    const may = await mayDecideOnClients(context.portal.policies, officer);
    if (!may.ok) return sendRefusal(context, c, may.error);
    const reason = form["reason"] ?? "";
    const client = form["client"] ?? "";
    const done = await {
      approve: () => decideOnClient(provider, officer, client, { approve: true }),
      refuse: () => decideOnClient(provider, officer, client, { approve: false, reason }),
      stop: () => stopClient(provider, officer, client, reason),
      seen: () => lookAtStop(provider, officer, client),
    }[answer]();
    const ways = [{ text: both("回到清單", "Back to the list"), href: clientPaths.decide }];
    return done.ok ? goTo(c, clientPaths.decide) : sendRefusal(context, c, done.error, { area: "desk", ways });
  });

  /** An officer who may decide on clients. */
  async function onDuty(c: Visited): Promise<Session | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const may = await mayOpenClients(context.portal.policies, session);
    return may.ok ? session : sendRefusal(context, c, may.error);
  }

  async function own(c: Visited): Promise<{ session: Session; form: Record<string, string> } | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const form = ownForm(session, await readForm(c));
    return form ? { session, form } : sendRefusal(context, c, { code: "form-tampered" });
  }

  async function showClient(c: Visited, session: Session, errors: readonly FieldError[]): Promise<Response> {
    const found = await myClient(provider, session, c.req.param("id") ?? "");
    if (!found.ok) return sendRefusal(context, c, found.error);
    const view = { ...found.value, errors, now: clock.now() };
    return sendPage(c, clientPage(view, c.var.visit.lang, chromeOf(c)), errors.length > 0 ? 422 : 200);
  }

  function showForm(
    c: Visited,
    action: string,
    form: ClientForm,
    errors: readonly FieldError[],
    editing?: ClientRow,
  ): Response | Promise<Response> {
    const scopes = provider.options.catalogue.map(({ scope, label }) => ({ scope, label }));
    const view = { action, form, errors, scopes, ...(editing && { editing }) };
    return sendPage(c, clientFormPage(view, c.var.visit.lang, chromeOf(c)), errors.length > 0 ? 422 : 200);
  }

  return routes;
}

function isAnswer(answer: string | undefined): answer is "approve" | "refuse" | "stop" | "seen" {
  return answer === "approve" || answer === "refuse" || answer === "stop" || answer === "seen";
}

function formOf(sent: Readonly<Record<string, string>>): ClientForm {
  const field = (name: ClientField): [ClientField, string] => [name, sent[name] ?? ""];
  return Object.fromEntries(clientFields.map(field)) as ClientForm;
}
