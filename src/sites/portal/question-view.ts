import type { Context } from "hono";
import { agencyOf, quoteItems } from "#flows";
import type { Question } from "#services";
import { accountPage, choosePage, numberPage, yesNoPage, type DeviceChoice } from "#services/pages";
import { both, type FieldError } from "#ui";
import { factSource, factText } from "./case-view.ts";
import type { Draft } from "./draft.ts";
import { explained, step } from "./journey.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, sendPage } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

/** Sends the page of one question, with what was typed and what is wrong with it. */
export function sendQuestion(
  context: PortalContext,
  c: Context<PortalEnv>,
  draft: Draft,
  question: Question,
  errors: readonly FieldError[],
  typed: Readonly<Record<string, string>>,
): Response | Promise<Response> {
  const { country } = context.portal;
  const { state, definition } = draft;
  const at = definition.questions.indexOf(question);
  const before = definition.questions[at - 1];
  const frame = {
    steps: step(2),
    backHref: before ? `/apply/${state.id}/question/${before.id}` : `/apply/${state.id}/fetched`,
    action: `/apply/${state.id}/question/${question.id}${c.req.query("change") ? "?change=1" : ""}`,
    ...(errors.length > 0 ? { errors } : {}),
  };
  const { lang } = c.var.visit;
  const status = errors.length > 0 ? 422 : 200;
  const given = state.answers[question.id];
  switch (question.kind) {
    case "yes-no":
      return sendPage(
        c,
        yesNoPage(
          {
            ...frame,
            name: question.id,
            question: question.title,
            hint: question.hint,
            ...(typeof given === "boolean" ? { chosen: given ? ("yes" as const) : ("no" as const) } : {}),
          },
          lang,
          chromeOf(c),
        ),
        status,
      );
    case "bank-account": {
      const known = given as { institution: string; account: string } | undefined;
      const value = {
        institution: typed["institution"] ?? known?.institution.slice(0, 3),
        branch: typed["branch"] ?? known?.institution.slice(3),
        number: typed["account"] ?? known?.account,
      };
      return sendPage(
        c,
        accountPage(
          { ...frame, holder: state.principal.name, institutions: country.institutions, ...defined(value) },
          lang,
          chromeOf(c),
        ),
        status,
      );
    }
    case "number":
      return sendPage(
        c,
        numberPage(
          {
            ...frame,
            name: question.id,
            question: question.title,
            hint: question.hint,
            value: typed[question.id] ?? (typeof given === "number" ? String(given) : ""),
          },
          lang,
          chromeOf(c),
        ),
        status,
      );
    case "item-from-schedule":
      return sendPage(c, choosePage({ ...frame, ...choices(context, c, draft, question) }, lang, chromeOf(c)), status);
  }
}

function choices(
  context: PortalContext,
  c: Context<PortalEnv>,
  { state, definition }: Draft,
  question: Question & { kind: "item-from-schedule" },
) {
  const { portal } = context;
  const { country } = portal;
  const query = (c.req.query("q") ?? "").trim().slice(0, 60);
  const quotes = quoteItems(portal, definition, state, question, portal.clock.now());
  const shown =
    query === ""
      ? quotes
      : quotes.filter(({ item }) =>
          [item.name["zh-Hant"], item.name.en, item.category?.["zh-Hant"] ?? "", item.category?.en ?? ""].some((text) =>
            text.toLowerCase().includes(query.toLowerCase()),
          ),
        );
  const other = both("其他", "Other");
  const groups = new Map<string, { category: typeof other; devices: DeviceChoice[] }>();
  const need = definition.dataNeeds.find(({ id }) => id === question.amountsRestOn.need);
  const fact = need && state.facts[need.id];
  for (const { item, ruling } of shown) {
    const category = item.category ?? other;
    const group = groups.get(category.en) ?? { category, devices: [] };
    const number =
      item.number === null ? item.source : both(`基準表第 ${item.number} 項`, `Item ${item.number} of the schedule`);
    group.devices.push({
      id: item.id,
      name: item.name,
      detail:
        ruling && !ruling.eligible
          ? both(`${number["zh-Hant"]}，目前不符合條件`, `${number.en}; a condition is not met`)
          : number,
      amount: ruling?.amount ?? 0,
      ...(ruling
        ? { why: explained(ruling, need && fact ? [{ label: need.title, source: factSource(fact) }] : []) }
        : {}),
    });
    groups.set(category.en, group);
  }
  const chosen = state.answers[question.id];
  return {
    groups: [...groups.values()],
    ...(typeof chosen === "string" ? { chosen } : {}),
    rate: {
      text:
        need && fact
          ? factText(country, need, question.amountsRestOn.path, fact.values[question.amountsRestOn.path])
          : both("", ""),
      source: fact ? factSource(fact) : { agency: agencyOf(country, definition.metadata.agency).name },
    },
    ...(query === "" ? {} : { query }),
    searchAction: `/apply/${state.id}/question/${question.id}`,
    total: quotes.length,
  };
}

function defined<Value extends Record<string, string | undefined>>(value: Value): { [Key in keyof Value]?: string } {
  return Object.fromEntries(Object.entries(value).filter(([, text]) => text !== undefined)) as {
    [Key in keyof Value]?: string;
  };
}
