import { Readable } from "node:stream";
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { activateRule, discardRule, draftRule, largestModel, startOfDay, withdrawRule } from "#flows";
import { csrfMatches, type Session } from "#identity";
import { isUuid, type Refusal, type Result } from "#kernel";
import { compareModels, versionOn } from "#rules";
import { csvLine, draftPage, draftPaths, draftsPage, uploadPage, type DraftState, type UploadForm } from "#rules/pages";
import { changedCases, ruleDraft, ruleDraftsOf, ruleText, whatIfOf, type ChangedCase, type RuleDraft } from "#services";
import { both, type FieldError, type Text } from "#ui";
import { mayActOnRule, mayDraftRules, mayOpenRules, mayWorkCases, refusedOnRule } from "./authorise.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { formLimit, ownForm, readForm, type PortalEnv } from "./request.ts";
import { currentVersion, findingsOf } from "./rule-view.ts";
import { stepUp, wantsStepUp } from "./step-up.ts";

const draftsOnAPage = 25;
const casesOnAPage = 50;
const casesPerRead = 1_000;
const steps = { activate: activateRule, withdraw: withdrawRule, discard: discardRule } as const;
type Step = keyof typeof steps;

/** What a refused upload says beside which field; anything else is said beside the file. */
const fields: Readonly<Record<string, string>> = { "rule-day-passed": "from", "rules-versions-overlap": "version" };

/**
 * Changes of an agency's rules: uploaded and tried out over past cases by one rule keeper, put into force by another. It must
 * stand before the limit for ordinary forms, since a model is larger.
 */
export function ruleDraftRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { country, rules, clock, policies, database } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get(draftPaths.all, async (c) => {
    const session = await keeper(c);
    if (session instanceof Response) return session;
    const asked = pageOf(c);
    const { drafts, total } = await ruleDraftsOf(database, session.officer!.agency, {
      limit: draftsOnAPage,
      offset: (asked - 1) * draftsOnAPage,
    });
    const view = {
      drafts: drafts.map((draft) => ({
        id: draft.id,
        model: nameOf(draft.model),
        version: draft.version,
        from: startOfDay(country, draft.from),
        state: stateOf(draft),
        by: draft.drafted.name,
        at: draft.drafted.at,
      })),
      pages: {
        page: asked,
        pages: Math.max(1, Math.ceil(total / draftsOnAPage)),
        href: (to: number) => `${draftPaths.all}?page=${to}`,
      },
    };
    return sendPage(c, draftsPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(draftPaths.upload, async (c) => {
    const session = await keeper(c);
    return session instanceof Response
      ? session
      : sendUpload(c, session, { model: c.req.query("model") ?? "", from: "", version: "", note: "" }, []);
  });

  routes.post(
    draftPaths.upload,
    bodyLimit({
      maxSize: 4 * largestModel + formLimit,
      onError: (c) => sendRefusal(context, c as C, { code: "form-too-large" }, { area: "desk" }),
    }),
    async (c) => {
      const session = await keeper(c);
      if (session instanceof Response) return session;
      const form = await c.req.parseBody().catch(() => undefined);
      const text = (name: string) => (typeof form?.[name] === "string" ? form[name].trim().slice(0, 2_000) : "");
      if (!form || !csrfMatches(session, text("csrf"))) return refused(c, { code: "form-tampered" });
      const may = await mayDraftRules(policies, session);
      if (!may.ok) return wantsStepUp(may.error) ? stepUp(context, c, session, may.error) : refused(c, may.error);
      const typed: UploadForm = {
        model: text("model"),
        from: text("from"),
        version: text("version"),
        note: text("note"),
      };
      const { file } = form;
      const errors: FieldError[] = [];
      if (!rules.families().has(typed.model))
        errors.push({ field: "model", text: both("請選一個規則。", "Choose a rule.") });
      if (!(file instanceof File) || file.size === 0)
        errors.push({ field: "file", text: both("請選一個檔案。", "Choose a file.") });
      else if (file.size > largestModel)
        errors.push({ field: "file", text: both("檔案超過 1 MB。", "The file is larger than 1 MB.") });
      if (!/^\d{4}-\d{2}-\d{2}$/.test(typed.from))
        errors.push({
          field: "from",
          text: both("請填施行日，例如 2027-01-01。", "Give the first day, for example 2027-01-01."),
        });
      if (!/^[\w.-]{1,20}$/.test(typed.version))
        errors.push({ field: "version", text: both("請填版本，例如 1.1.0。", "Give a version, for example 1.1.0.") });
      if (errors.length > 0 || !(file instanceof File)) return sendUpload(c, session, typed, errors);
      const xml = await readUtf8(file);
      const done =
        xml === undefined
          ? ({ ok: false, error: { code: "rules-model-unreadable" } } as const)
          : await draftRule(portal, { ...typed, agency: session.officer!.agency, xml, by: whoOf(session) });
      if (!done.ok) return sendUpload(c, session, typed, [flawOf(done.error)]);
      context.tryRulesSoon();
      return goTo(c, draftPaths.draft(done.value.id));
    },
  );

  routes.get(`${draftPaths.all}/:id/cases.csv`, async (c) => {
    const found = await ownDraft(c);
    if (found instanceof Response) return found;
    c.header("Content-Type", "text/csv; charset=utf-8");
    c.header("Content-Disposition", `attachment; filename="${found.draft.model}-${found.draft.version}-cases.csv"`);
    c.header("Cache-Control", "no-store");
    return c.body(Readable.toWeb(Readable.from(casesAsCsv(found.draft.id), { objectMode: false })) as ReadableStream);
  });

  routes.get(`${draftPaths.all}/:id/model.dmn`, async (c) => {
    const found = await ownDraft(c);
    if (found instanceof Response) return found;
    const text = await ruleText(database, found.draft.hash);
    return c.body(text!.xml, 200, {
      "Content-Type": "application/xml; charset=utf-8",
      "Content-Disposition": `attachment; filename="${found.draft.model}-${found.draft.version}.dmn"`,
    });
  });

  routes.get(`${draftPaths.all}/:id`, async (c) => {
    const found = await ownDraft(c);
    return found instanceof Response ? found : sendDraft(c, found.session, found.draft);
  });

  routes.post(`${draftPaths.all}/:id`, bodyLimit({ maxSize: formLimit }), async (c) => {
    const found = await ownDraft(c);
    if (found instanceof Response) return found;
    const { session, draft } = found;
    const form = ownForm(session, await readForm(c));
    const step = form?.["step"] as Step | undefined;
    if (!form || step === undefined || !Object.hasOwn(steps, step)) return refused(c, { code: "form-tampered" });
    const may = await mayActOnRule(policies, session, step === "activate" ? "rules:activate" : "rules:withdraw", draft);
    if (!may.ok && wantsStepUp(may.error))
      return stepUp(context, c, session, may.error, { fields: form, page: draftPaths.draft(draft.id) });
    if (!may.ok) return refused(c, may.error, draft.id);
    const done: Result<RuleDraft, Refusal> = await steps[step](portal, draft.id, whoOf(session));
    return done.ok ? goTo(c, draftPaths.draft(draft.id)) : refused(c, done.error, draft.id);
  });

  /** The rule keeper on duty, or why there is none. */
  async function keeper(c: C): Promise<Session | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    if (!session.officer || session.acting)
      return sendRefusal(context, c, { code: "not-an-officer" }, { area: "desk" });
    const may = await mayOpenRules(policies, session);
    return may.ok ? session : sendRefusal(context, c, may.error, { area: "desk" });
  }

  async function ownDraft(c: C): Promise<{ session: Session; draft: RuleDraft } | Response> {
    const session = await keeper(c);
    if (session instanceof Response) return session;
    const id = c.req.param("id") ?? "";
    const draft = isUuid(id) ? await ruleDraft(database, id) : undefined;
    return draft?.agency === session.officer!.agency ? { session, draft } : refused(c, { code: "rule-draft-unknown" });
  }

  function refused(c: C, refusal: Refusal, id?: string): Response {
    const ways = [
      {
        text: both("回到規則的修正", "Back to the changes of rules"),
        href: id ? draftPaths.draft(id) : draftPaths.all,
      },
    ];
    return sendRefusal(context, c, refusal, { area: "desk", ways }) as Response;
  }

  function sendUpload(c: C, session: Session, form: UploadForm, errors: readonly FieldError[]) {
    const own = new Set(
      country.services
        .filter(({ metadata }) => metadata.agency === session.officer!.agency)
        .map(({ decision }) => decision.model),
    );
    const models = [...rules.families().values()]
      .filter(({ id }) => own.has(id))
      .map((family) => {
        const { model } = currentVersion(country, family, clock.now());
        return { id: family.id, name: model.name, version: model.version };
      });
    return sendPage(
      c,
      uploadPage({ models, form, errors }, c.var.visit.lang, chromeOf(c, draftPaths.upload)),
      errors.length > 0 ? 422 : 200,
    );
  }

  async function sendDraft(c: C, session: Session, draft: RuleDraft) {
    const trial = await whatIfOf(database, draft.id);
    const asked = pageOf(c);
    const cases = await changedCases(database, draft.id, { limit: casesOnAPage, offset: (asked - 1) * casesOnAPage });
    const xml = (await ruleText(database, draft.hash))!.xml;
    // Compared with what it takes the place of: the version in force on the day before its first.
    const family = rules.families().get(draft.model);
    const eve = country.dayOf(new Date(startOfDay(country, draft.from).getTime() - 1));
    const before = family && (versionOn(family, eve) ?? family.versions[0]);
    const changes = before ? compareModels(before.xml, xml) : undefined;
    const waits = draft.state === "draft";
    const toCome = draft.state === "active" && draft.from > country.dayOf(clock.now());
    const refusal = waits ? await refusedOnRule(policies, session, "rules:activate", draft) : undefined;
    const mayTry = refusal === undefined || wantsStepUp({ code: refusal });
    const ready = trial?.state === "done";
    const blocked: Text | undefined = !waits
      ? undefined
      : refusal === "rule-by-second-person"
        ? both("您提出了這份修正，須由另一位同仁啟用。", "You drafted this change; a colleague must put it into force.")
        : mayTry && !ready
          ? both("試算完成後才能啟用。", "It can be put into force when the trial is done.")
          : undefined;
    const seesCases = await mayWorkCases(policies, session);
    const person = (act: RuleDraft["activated"]) => act && { by: act.name, at: act.at };
    return sendPage(
      c,
      draftPage(
        {
          id: draft.id,
          model: { id: draft.model, name: nameOf(draft.model) },
          version: draft.version,
          from: startOfDay(country, draft.from),
          note: draft.note,
          state: stateOf(draft),
          drafted: person(draft.drafted)!,
          ...(draft.activated && { activated: person(draft.activated)! }),
          ...(draft.ended && { ended: person(draft.ended)! }),
          changes: changes?.ok ? changes.value : [],
          findings: findingsOf(draft.hash, xml),
          ...(trial && { trial }),
          cases: cases.map((one) => ({
            number: one.number,
            ...(seesCases && { href: `/desk/${one.caseId}` }),
            at: one.submittedAt,
            before: one.before?.amount ?? null,
            after: one.after?.amount ?? null,
            why: one.why,
          })),
          pages: {
            page: asked,
            pages: Math.max(1, Math.ceil((trial?.changed ?? 0) / casesOnAPage)),
            href: (to) => `${draftPaths.draft(draft.id)}?page=${to}#trial`,
          },
          may: { activate: waits && mayTry && ready, withdraw: toCome, discard: waits },
          ...(blocked && { blocked }),
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  }

  /** All cases of a trial, read piece by piece. */
  async function* casesAsCsv(id: string): AsyncGenerator<Uint8Array> {
    const bytes = (lines: readonly (readonly string[])[]) =>
      new TextEncoder().encode(lines.map((line) => `${csvLine(line)}\r\n`).join(""));
    yield bytes([["\uFEFFnumber", "sent", "before", "after", "why (zh)", "why (en)"]]);
    for (let offset = 0; ; offset += casesPerRead) {
      const cases = await changedCases(database, id, { limit: casesPerRead, offset });
      yield bytes(cases.map(csvOf));
      if (cases.length < casesPerRead) return;
    }
  }

  function nameOf(model: string): Text {
    const family = rules.families().get(model);
    return family ? currentVersion(country, family, clock.now()).model.name : model;
  }

  function stateOf({ state, from }: RuleDraft): DraftState {
    return state === "active" && from <= country.dayOf(clock.now()) ? "in-force" : state;
  }

  return routes;
}

function csvOf({ number, submittedAt, before, after, why }: ChangedCase): string[] {
  const words = (lang: "zh-Hant" | "en") =>
    why.map((line) => `${line.label[lang]}: ${line.before?.[lang] ?? "–"} → ${line.after?.[lang] ?? "–"}`).join("; ");
  const amount = (outcome: ChangedCase["before"]) => (outcome ? String(outcome.amount) : "");
  return [number, submittedAt.toISOString(), amount(before), amount(after), words("zh-Hant"), words("en")];
}

function flawOf(refusal: Refusal): FieldError {
  const field = fields[refusal.code] ?? "file";
  const why = typeof refusal.params?.["why"] === "string" ? refusal.params["why"] : (refusal.inside ?? "");
  const texts: Readonly<Record<string, Text>> = {
    "rule-day-passed": both("施行日最早是明天。", "The first day is tomorrow at the earliest."),
    "rules-versions-overlap": both(
      "已有版本從這一天起施行，或版本編號相同。",
      "There is a version from that day, or of that name, already.",
    ),
    "rules-versions-gap": both(
      "這一版與前一版之間有幾天沒有規則。",
      "There would be days without a rule before this version.",
    ),
    "rules-model-unreadable": both(
      "檔案無法讀取：須是 UTF-8 的 DMN 檔，不含 DTD。",
      "The file cannot be read: it must be a DMN file in UTF-8, without a DTD.",
    ),
  };
  return {
    field,
    text: texts[refusal.code] ?? both(`這個檔案不能用：${why}`, `This file cannot be used: ${why}`),
  };
}

/** The text of a file; nothing where it is no UTF-8 or holds a NUL, which no text column takes. */
async function readUtf8(file: File): Promise<string | undefined> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function whoOf(session: Session): { person: string; name: string } {
  return { person: session.person.id, name: session.person.name };
}

function pageOf(c: Context<PortalEnv>): number {
  return Math.min(100_000, Math.max(1, Math.trunc(Number(c.req.query("page") ?? 1)) || 1));
}
