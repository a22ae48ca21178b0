import { agencyOf, scheduleOf, startOfDay, type Country } from "#flows";
import { asText, type JsonValue, type Language, type Localised } from "#kernel";
import type { Case, CaseSummary, DataNeed, Fact as CaseFact, Question, ServiceDefinition } from "#services";
import type { RunningApplication } from "#services/pages";
import { both, formatDate, formatMoney, html, show, type Fact, type Source, type Tag, type Text } from "#ui";

const dayMs = 24 * 60 * 60 * 1000;

/** The service a case runs under, as the country has it today; old cases carry their own definition. */
export function definitionOf(country: Country, id: string): ServiceDefinition {
  const definition = country.services.find((service) => service.id === id);
  if (!definition) throw Object.assign(new Error(`no service "${id}"`), { code: "public-service-unknown" });
  return definition;
}

/** The state of a case as a tag: the phase, and while it is in review the day of how many. */
export function phaseTag(definition: ServiceDefinition, phase: string, submittedAt: Date | null, now: Date): Tag {
  const title = definition.phases.find((candidate) => candidate.id === phase)?.title ?? both(phase, phase);
  if (phase === "review" && submittedAt) {
    const day = Math.min(definition.clock.days, 1 + Math.floor((now.getTime() - submittedAt.getTime()) / dayMs));
    return {
      tone: "wait",
      text: both(
        `${title["zh-Hant"]}，第 ${day} 天／${definition.clock.days} 天`,
        `${title.en}, day ${day} of ${definition.clock.days}`,
      ),
    };
  }
  const tones: Readonly<Record<string, Tag["tone"]>> = {
    draft: "info",
    approved: "good",
    released: "good",
    paid: "good",
    refused: "bad",
    "payment-failed": "bad",
    "to-pay": "wait",
    provided: "good",
    lapsed: "quiet",
    withdrawn: "quiet",
  };
  return { tone: tones[phase] ?? "info", text: title };
}

/** `phaseTag` of a whole case. */
export function caseTag(definition: ServiceDefinition, state: Pick<Case, "phase" | "submittedAt">, now: Date): Tag {
  return phaseTag(definition, state.phase, state.submittedAt ? new Date(state.submittedAt) : null, now);
}

/** Whose case it is, and about which item. */
export function nameAndItem(name: string, item: Localised | undefined): Localised {
  return item ? both(`${name}，${item["zh-Hant"]}`, `${name}, ${item.en}`) : both(name, name);
}

/** The name of the item that was asked for. */
export function itemName(
  country: Country,
  definition: ServiceDefinition,
  item: JsonValue | undefined,
): Localised | undefined {
  const question = definition.questions.find((candidate) => candidate.kind === "item-from-schedule");
  return question && scheduleOf(country, question.schedule).find((candidate) => candidate.id === item)?.name;
}

/** The item a case asks for, where its service has a schedule to choose from. */
export function chosenItem(
  country: Country,
  definition: ServiceDefinition,
  state: Pick<Case, "answers">,
): Localised | undefined {
  const question = definition.questions.find((candidate) => candidate.kind === "item-from-schedule");
  return question && itemName(country, definition, state.answers[question.id]);
}

/** A line of "in progress". */
export function applicationCard(country: Country, one: CaseSummary, now: Date): RunningApplication {
  const definition = definitionOf(country, one.service);
  const item = itemName(country, definition, one.item ?? undefined);
  const agency = agencyOf(country, definition.metadata.agency).shortName;
  const due = one.dueAt && one.phase === "review" ? one.dueAt : undefined;
  return {
    service: definition.metadata.title,
    state: phaseTag(definition, one.phase, one.submittedAt, now),
    text: both(
      `${one.principalName}${item ? `的${item["zh-Hant"]}` : ""}。承辦：${agency["zh-Hant"]}。${due ? `下一步：核定通知，最晚 ${formatDate(due, "zh-Hant")}。` : ""}`,
      `${item ? `${item.en} for ` : ""}${one.principalName}. Run by ${agency.en}. ${due ? `Next: the decision, by ${formatDate(due, "en")}.` : ""}`,
    ),
    href: one.status === "draft" ? `/apply/${one.id}` : `/applications/${one.id}`,
  };
}

/** A fetched value in words: codes by the field's own words or its schedule's, days as the country counts them. */
export function factText(country: Country, need: DataNeed, path: string, value: JsonValue | undefined): Localised {
  const field = need.fields.find((candidate) => candidate.path === path);
  if (value === null || value === undefined || field === undefined) return both("沒有資料", "no record");
  const items = field.schedule === undefined ? [] : scheduleOf(country, field.schedule);
  const word = (one: JsonValue): Localised =>
    field.values?.[asText(one)] ?? items.find(({ id }) => id === one)?.name ?? both(asText(one), asText(one));
  switch (field.kind) {
    case "date": {
      const day = startOfDay(country, asText(value));
      return both(formatDate(day, "zh-Hant"), formatDate(day, "en"));
    }
    case "list": {
      const words = Array.isArray(value) ? value.map((one: JsonValue) => word(one)) : [];
      return words.length === 0
        ? both("無", "none")
        : both(words.map((one) => one["zh-Hant"]).join("、"), words.map((one) => one.en).join(", "));
    }
    case "number":
    case "choice":
    case "text":
      return word(value);
  }
}

/** Where a fact came from; the evidence is the line of the data-use page that proves its reading. */
export function factSource(fact: CaseFact): Source {
  return { agency: fact.agency, at: new Date(fact.fetchedAt) };
}

/** All fetched values of a case, each with its source. */
export function factRows(
  country: Country,
  definition: ServiceDefinition,
  state: Pick<Case, "facts">,
): (Fact & { readonly value: Text })[] {
  return definition.dataNeeds.flatMap((need) => {
    const fact = state.facts[need.id];
    if (!fact) return [];
    return need.fields.map(({ path, title }) => ({
      label: title,
      value: factText(country, need, path, fact.values[path]),
      source: factSource(fact),
    }));
  });
}

/** The same in little room, for the desk: one line a source, its values one after the other. */
export function factLines(
  country: Country,
  definition: ServiceDefinition,
  state: Pick<Case, "facts">,
  lang: Language,
): Fact[] {
  return definition.dataNeeds.flatMap((need) => {
    const fact = state.facts[need.id];
    if (!fact) return [];
    const rows = factRows(country, { ...definition, dataNeeds: [need] }, state);
    const value = html`${rows.map(
      (row) =>
        html`<span class="pair"
          ><span class="pair-name">${show(row.label, lang)}</span> ${show(row.value, lang)}</span
        >`,
    )}`;
    return [{ label: need.title, value, source: factSource(fact) }];
  });
}

/** An answer in words; `masked` shows only the end of an account number. */
export function answerText(
  country: Country,
  definition: ServiceDefinition,
  question: Question,
  state: Pick<Case, "answers">,
  masked: boolean = false,
): Localised {
  const value = state.answers[question.id];
  if (value === undefined) return both("–", "–");
  switch (question.kind) {
    case "item-from-schedule":
      return itemName(country, definition, value) ?? both("", "");
    case "number":
      return both(asText(value), asText(value));
    case "yes-no":
      return value === true ? both("是", "Yes") : both("否", "No");
    case "bank-account": {
      const { institution, account } = value as { institution: string; account: string };
      const shown = masked ? `****${account.slice(-4)}` : account;
      const bank =
        country.institutions.find((one) => one.code === institution.slice(0, 3))?.name ??
        both(institution, institution);
      return both(`${bank["zh-Hant"]}（${institution}）${shown}`, `${bank.en} (${institution}) ${shown}`);
    }
  }
}

/** Whole dollars in both languages. */
export function money(amount: number | bigint): Localised {
  return both(formatMoney(Number(amount), "zh-Hant"), formatMoney(Number(amount), "en"));
}
