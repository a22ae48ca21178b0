import { Hono } from "hono";
import { identifierPath, isRegistrableCode, parseClientPath, type RequestContent } from "#exchange";
import { both, type FieldError } from "#ui";
import type { DeskEnv, DeskRequest } from "../desk/context.ts";
import type { GatewayDeskContext } from "./context.ts";
import { codesIn, listedCodes, type ListedCodes } from "./pages/code-inputs.ts";
import { membershipPage, type MembershipView } from "./pages/membership.ts";
import { chromeOf, ownForm, sendPage, sendRefusal } from "../desk/reply.ts";

type Fields = Readonly<Record<string, string>>;

const reasons: Readonly<Record<string, FieldError>> = {
  provider: { field: "provider", text: both("沒有這個子系統", "No such subsystem is registered") },
  client: { field: "client", text: both("這不是本機關的子系統", "This is no subsystem of this agency") },
  own: {
    field: "provider",
    text: both(
      "這是本機關自己的服務，請在「權限」頁提出",
      "This is a service of your own agency: propose the right on the page Rights",
    ),
  },
};

/** What is registered of this agency, what it asked, and what others ask of it. */
export function membershipRoutes(context: GatewayDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  const { gateway, member } = context;

  async function show(c: DeskRequest, more: Pick<MembershipView, "typed" | "errors"> = {}, status: 200 | 422 = 200) {
    const [requests, asked] = await Promise.all([gateway.membership.requests(), gateway.membership.asked()]);
    const view: MembershipView = {
      member: gateway.registeredMember(),
      keyid: gateway.registration.keyid(),
      certificateUntil: gateway.registration.certificate().notAfter,
      status: gateway.configuration(),
      requests,
      asked,
      listed: listedCodes(gateway.purposes()),
      ...more,
    };
    return sendPage(c, membershipPage(view, c.var.lang, chromeOf(context, c)), status);
  }

  /** Takes a form, makes a request of it or says what is wrong with it. */
  async function ask(c: DeskRequest, make: (fields: Fields) => RequestContent | readonly FieldError[]) {
    const typed = await ownForm(c);
    const { session } = c.var;
    if (!typed || !session) return sendRefusal(context, c, { code: "form-tampered" });
    const content = make(typed);
    if (!("kind" in content)) return show(c, { typed, errors: content }, 422);
    const sent = await gateway.membership.ask(content, session.operator);
    if (sent.ok) return c.redirect("/membership", 303);
    const error = reasons[String(sent.error.params?.["reason"])];
    return error ? show(c, { typed, errors: [error] }, 422) : sendRefusal(context, c, sent.error);
  }

  routes.get("/membership", (c) => show(c));
  routes.post("/membership/refresh", async (c) => {
    if (!(await ownForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    await gateway.refresh();
    const asked = await gateway.membership.refresh();
    return asked.ok ? c.redirect("/membership", 303) : sendRefusal(context, c, asked.error);
  });
  routes.post("/membership/roll-key", async (c) => {
    const { session } = c.var;
    if (!(await ownForm(c)) || !session) return sendRefusal(context, c, { code: "form-tampered" });
    const rolled = await gateway.rollKey(session.operator);
    return rolled.ok ? c.redirect("/membership", 303) : sendRefusal(context, c, rolled.error);
  });
  routes.post("/membership/subsystem", (c) => ask(c, subsystemRequest));
  routes.post("/membership/right", (c) =>
    ask(c, (fields) => rightRequest(fields, identifierPath(member), listedCodes(gateway.purposes()))),
  );
  return routes;
}

const empty = both("請填寫", "Fill this in");

function subsystemRequest(fields: Fields): RequestContent | readonly FieldError[] {
  const { code = "", nameZh = "", nameEn = "" } = fields;
  const errors: FieldError[] = [];
  if (!isRegistrableCode(code.trim()) || code.trim().length > 100)
    errors.push({ field: "code", text: both("代碼不能這樣寫", "A code cannot be written so") });
  if (nameZh.trim() === "") errors.push({ field: "nameZh", text: empty });
  if (nameEn.trim() === "") errors.push({ field: "nameEn", text: empty });
  if (errors.length > 0) return errors;
  return { kind: "subsystem.add", code: code.trim(), name: { "zh-Hant": nameZh.trim(), en: nameEn.trim() } };
}

function rightRequest(fields: Fields, member: string, listed: ListedCodes): RequestContent | readonly FieldError[] {
  const [provider = "", service = "", client = "", why = ""] = ["provider", "service", "client", "why"].map((name) =>
    fields[name]?.trim(),
  );
  const codes = (name: string): string[] =>
    codesIn(fields, name)
      .split(/[\s,]+/)
      .filter((one) => one !== "");
  const errors: FieldError[] = [];
  const offering = parseClientPath(provider);
  if (!offering.ok || offering.value.subsystemCode === undefined)
    errors.push({
      field: "provider",
      text: both("要有四段，例如 TW/GOV/MOI/registry", "Four parts, such as TW/GOV/MOI/registry"),
    });
  if (!isRegistrableCode(service)) errors.push({ field: "service", text: empty });
  if (!client.startsWith(`${member}/`)) errors.push(reasons["client"]!);
  const [purposes, legalBases] = [codes("purposes"), codes("bases")];
  for (const [field, given, there] of [
    ["purposes", purposes, listed.purposes],
    ["bases", legalBases, listed.legalBases],
  ] as const) {
    const strange = given.find((code) => !there.some(({ value }) => value === code));
    if (there.length > 0 && strange !== undefined)
      errors.push({
        field,
        text: both(`全國設定沒有列出 ${strange}`, `The country’s configuration does not list ${strange}`),
      });
  }
  if (errors.length > 0) return errors;
  return {
    kind: "right.ask",
    provider,
    service,
    client,
    ...(purposes.length > 0 ? { purposes } : {}),
    ...(legalBases.length > 0 ? { legalBases } : {}),
    ...(why ? { why: why.slice(0, 1000) } : {}),
  };
}
