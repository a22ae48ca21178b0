import { readFileSync } from "node:fs";
import {
  exchangeProblems,
  quotaText,
  readDate,
  readGrant,
  subjectText,
  timeWindowText,
  type AccessRight,
  type ExchangeProblem,
  type FieldReader,
  type Judgement,
  type RightVerdict,
  type Rights,
  type SupposedChange,
  type WrittenGrant,
} from "#exchange";
import type { Refusal, Result } from "#kernel";
import { openRightsAtSite } from "#sites";
import { messageOf, operatorName } from "./answer.ts";

/** What the verbs of `taroko rights` may be told. */
export interface RightsOptions extends Omit<
  WrittenGrant,
  "purposes" | "legalBases" | "fields" | "consentUnless" | "sourceGateways"
> {
  readonly purpose?: readonly string[];
  readonly basis?: readonly string[];
  readonly field?: readonly string[];
  readonly consentUnless?: readonly string[];
  readonly sourceGateway?: readonly string[];
  readonly at?: string;
  readonly client?: string;
  readonly state?: string;
  readonly days?: string;
  readonly title?: string;
  readonly note?: string;
  readonly by?: string;
  readonly replaces?: string;
  readonly revoke?: readonly string[];
  readonly draft?: boolean;
  readonly hold?: boolean;
  readonly withConsent?: boolean;
  readonly json?: boolean;
}

/** `taroko rights FILE VERB`. @returns exit status */
export async function manageRights(
  file: string,
  verb: string,
  words: readonly string[],
  options: RightsOptions,
): Promise<0 | 1 | 2> {
  let site: Awaited<ReturnType<typeof openRightsAtSite>>;
  try {
    site = await openRightsAtSite(file);
  } catch (fault) {
    console.error(messageOf(fault));
    return 2;
  }
  try {
    const run = verbs[verb];
    if (!run) throw new Misused(`"${verb}" is none of: ${Object.keys(verbs).join(", ")}`);
    const by = { by: options.by ?? operatorName(), ...(options.note ? { note: options.note } : {}) };
    return await run({ rights: site.rights, member: site.memberPath, words, options, by });
  } catch (fault) {
    console.error(messageOf(fault));
    return 2;
  } finally {
    await site.close();
  }
}

/** The command was not understood; nothing was done. */
class Misused extends Error {}

interface Asked {
  readonly rights: Rights;
  readonly member: string;
  readonly words: readonly string[];
  readonly options: RightsOptions;
  readonly by: { readonly by: string; readonly note?: string };
}
type Verb = (asked: Asked) => Promise<0 | 1>;

const verbs: Readonly<Record<string, Verb>> = {
  async list({ rights, member, options: { service, subject, state, json } }) {
    const found = (await rights.all()).filter(
      (right) =>
        (service === undefined || serviceOf(right, member) === service) &&
        (state === undefined || right.state === state) &&
        (subject === undefined || subjectText(right.subject).includes(subject)),
    );
    if (json) return printed(found);
    for (const right of found) console.log(lineOf(right, member));
    console.log(found.length === 1 ? "1 right." : `${found.length} rights.`);
    return 0;
  },
  async show({ rights, member, words, options: { json } }) {
    const right = await rights.find(idIn(words));
    if (!right) return refused({ code: "right-unknown" });
    const history = await rights.history(right.id);
    if (json) {
      return printed({
        right,
        history: history.map(({ right: _then, logEntry, ...rest }) => ({ ...rest, logEntry: String(logEntry) })),
      });
    }
    for (const [name, value] of Object.entries(wordsOf(right, member))) console.log(`${name.padEnd(14)} ${value}`);
    console.log("");
    for (const { version, at, change, by, note } of history) {
      console.log(
        `${String(version).padStart(3)}  ${at.toISOString()}  ${change.padEnd(10)} ${by ?? ""}${note ? `: ${note}` : ""}`,
      );
    }
    return 0;
  },
  async review({ rights, member, options: { days, json } }) {
    const due = await rights.due(wholeNumber(days, 30));
    if (json) return printed(due);
    for (const { right, why, at } of due)
      console.log(`${why.padEnd(18)} ${at?.toISOString().slice(0, 10) ?? "          "}  ${lineOf(right, member)}`);
    console.log(due.length === 0 ? "Nothing to look at." : `${due.length} to look at.`);
    return 0;
  },
  async explain({ rights, member, words, options: { json } }) {
    const explained = await rights.explain(idIn(words));
    if (!explained.ok) return refused({ code: "evidence-unknown" });
    const { value } = explained;
    if (json) printed(value);
    else {
      const { recorded } = value;
      console.log(
        `${recorded.at.toISOString()}  ${recorded.client} -> ${recorded.service}  ${recorded.method} ${recorded.operation ?? recorded.endpoint ?? "(path not kept)"}`,
      );
      console.log(
        `purpose ${recorded.purpose ?? "-"}, legal basis ${recorded.legalBasis ?? "-"}, outcome ${recorded.outcome ?? "open"}`,
      );
      if (value.decision === "elsewhere") console.log("Decided by the provider: only the record of our side is here.");
      else if (value.decision === "no-right-needed")
        console.log("No right was needed: every member may ask what an agency offers.");
      else toldOf({ ...value, decision: value.decision }, member);
    }
    return value.decision === "deny" ? 1 : 0;
  },
  async try({ rights, member, options }) {
    const grant = read({ service: options.service, subject: options.client ?? options.subject });
    const [purpose] = options.purpose ?? [];
    const [legalBasis] = options.basis ?? [];
    const judged = await rights.evaluate({
      client: subjectText(grant.subject as AccessRight["subject"]),
      subsystem: grant.subsystem,
      serviceCode: grant.serviceCode,
      method: options.method ?? "GET",
      path: options.path ?? "",
      ...(purpose === undefined ? {} : { purpose }),
      ...(legalBasis === undefined ? {} : { legalBasis }),
      ...(options.sourceGateway?.[0] === undefined ? {} : { gateway: options.sourceGateway[0] }),
      ...(options.at === undefined ? {} : { at: dateOf(options.at) }),
      consent: options.withConsent ?? false,
    });
    if (!judged.ok) return refused(judged.error);
    if (options.json) printed(judged.value);
    else toldOf(judged.value, member);
    return judged.value.decision === "allow" ? 0 : 1;
  },
  async "who-reads"({ rights, member, words, options: { service, json } }) {
    const [field] = words;
    if (!field) throw new Misused("who-reads needs a field: a name, or a JSON pointer");
    const [subsystem, serviceCode] = service?.split("/") ?? [];
    const readers = await rights.whoCanRead(field, { subsystem, serviceCode });
    if (json) return printed(readers);
    const line = ({ right, clients, extent, consent }: FieldReader): void => {
      const how = `${extent === "part" ? ", a part of it" : ""}${right.fields ? "" : ", as it releases all that the service answers"}${consent ? `, with the person's consent${right.consentUnless ? ` unless the basis is ${right.consentUnless.join(" or ")}` : ""}` : ""}`;
      console.log(`${serviceOf(right, member)}  ${right.id}${how}`);
      for (const client of clients) console.log(`    ${client}`);
    };
    const known = readers.filter(({ described }) => described);
    const unknown = readers.filter(({ described }) => !described);
    known.forEach(line);
    console.log(
      readers.length === 0
        ? `Nobody could read ${field}.`
        : `${known.length === 1 ? "1 right releases" : `${known.length} rights release`} ${field}, by the services' descriptions.`,
    );
    if (unknown.length > 0) console.log(`Unknown, as no description says whether these services have ${field}:`);
    unknown.forEach(line);
    return 0;
  },
  async simulate({ rights, member, words, options }) {
    const [file] = words;
    const changes: SupposedChange[] = (options.revoke ?? []).map((id) => ({ do: "revoke", id }));
    if (file) changes.push(...readChanges(file));
    if (changes.length === 0) throw new Misused("simulate needs changes: a JSON file, or --revoke ID");
    const simulated = await rights.simulate(changes, { days: wholeNumber(options.days, 30) });
    if (!simulated.ok) return refused(simulated.error);
    if (options.json) return printed(simulated.value);
    const { calls, kinds, leftOut, changed, since } = simulated.value;
    console.log(
      `${calls} calls of ${kinds} kinds since ${since.toISOString().slice(0, 10)}${leftOut > 0 ? `; ${leftOut} left out, whose endpoint is not published` : ""}.`,
    );
    for (const { calls: kind, effect, before, after } of changed) {
      console.log(
        `${effect.padEnd(8)} ${String(kind.calls).padStart(7)} x  ${kind.client} -> ${shortOf(kind.service, member)}  ${kind.method} ${kind.operation ?? ""}  ${kind.purpose ?? "-"}`,
      );
      console.log(
        `         before: ${judgementText(before)}; after: ${judgementText(after)}; for example ${kind.exchangeId}`,
      );
    }
    if (changed.length === 0) console.log("No call would be judged otherwise.");
    return 0;
  },
  async propose({ rights, options, by }) {
    const { draft, replaces } = options;
    const grant = read({
      ...options,
      purposes: options.purpose?.join(" "),
      legalBases: options.basis?.join(" "),
      fields: options.field?.join(" "),
      consentUnless: options.consentUnless?.join(" "),
      sourceGateways: options.sourceGateway?.join(" "),
    });
    // A register's GovStack service writes too, so that a right on all of it is more than one might think.
    if (grant.serviceCode.endsWith("-dr") && grant.method === undefined && grant.pathGlob === undefined) {
      console.error(
        `${grant.serviceCode} also writes where its register does: without --method and --path this right covers create, update and delete. For reading alone: --method POST --path "/data/*/*/read"`,
      );
    }
    return changed(
      await rights.propose(grant, { ...by, ...(draft ? { draft } : {}), ...(replaces ? { replaces } : {}) }),
    );
  },
  submit: async ({ rights, words, by }) => changed(await rights.submit(idIn(words), by)),
  approve: async ({ rights, words, by, options: { hold } }) =>
    changed(await rights.approve(idIn(words), { ...by, ...(hold ? { hold } : {}) })),
  reject: async ({ rights, words, by }) => changed(await rights.reject(idIn(words), by)),
  activate: async ({ rights, words, by }) => changed(await rights.activate(idIn(words), by)),
  suspend: async ({ rights, words, by }) => changed(await rights.suspend(idIn(words), by)),
  resume: async ({ rights, words, by }) => changed(await rights.resume(idIn(words), by)),
  revoke: async ({ rights, words, by }) => changed(await rights.revoke(idIn(words), by)),
  async renew({ rights, words, by, options: { until, review } }) {
    const reviewAt = review === undefined ? {} : { reviewAt: dateOf(review) };
    return changed(await rights.renew(idIn(words), { ...by, validUntil: dateOf(until), ...reviewAt }));
  },
  confirm: async ({ rights, words, by, options: { review } }) =>
    changed(await rights.confirm(idIn(words), { ...by, reviewAt: dateOf(review) })),
  async groups({ rights, options: { json } }) {
    const groups = await rights.groups();
    if (json) return printed(groups);
    for (const { code, title, members } of groups)
      console.log(`LOCALGROUP:${code}  ${title}\n${members.map((one) => `    ${one}\n`).join("")}`);
    return 0;
  },
  async group({ rights, words, by, options: { title } }) {
    return done(await rights.defineGroup({ code: idIn(words), title: title ?? idIn(words) }, by));
  },
  join: async ({ rights, words: [code = "", client = ""], by }) => done(await rights.join(code, client, by)),
  leave: async ({ rights, words: [code = "", client = ""], by }) => done(await rights.leave(code, client, by)),
};

function idIn([id]: readonly string[]): string {
  if (!id) throw new Misused("this needs an id");
  return id;
}

function read(written: WrittenGrant) {
  const grant = readGrant(written);
  if (!grant.ok) throw new Misused(`--${dashed(String(grant.error.params?.["reason"]))} is missing or cannot be read`);
  return grant.value;
}

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function dateOf(text: string | undefined): Date {
  const date = readDate(text ?? "");
  if (date === "unreadable") throw new Misused("a date is needed, for example --until 2027-12-31");
  return date;
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,5}$/.test(text)) throw new Misused("--days is a whole number");
  return Number(text);
}

/** Changes of a file: `give` has a right as people write it, `change` the members that change. */
function readChanges(file: string): readonly SupposedChange[] {
  const given = JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8")) as readonly (Record<string, unknown> & {
    do: string;
  })[];
  return given.map((change) =>
    change.do === "give" ? { do: "give", grant: read(change as WrittenGrant) } : (change as unknown as SupposedChange),
  );
}

function printed(value: unknown): 0 {
  console.log(JSON.stringify(value, null, 2));
  return 0;
}

function done(result: Result<object, Refusal<ExchangeProblem>>): 0 | 1 {
  if (!result.ok) return refused(result.error);
  console.log(JSON.stringify(result.value));
  return 0;
}

const changed = done;

function refused({ code, params }: Refusal<ExchangeProblem>): 1 {
  const { title, action } = exchangeProblems[code];
  const more = params
    ? ` (${Object.entries(params)
        .map(([name, value]) => (name === "near" ? `did you mean ${value}?` : `${name}: ${value}`))
        .join(", ")})`
    : "";
  console.error(`${title.en}${more}. ${action.en}`);
  return 1;
}

function serviceOf(right: AccessRight, member: string): string {
  return shortOf(`${right.provider}/${encodeURIComponent(right.serviceCode)}`, member);
}

function shortOf(path: string, member: string): string {
  return path.startsWith(`${member}/`) ? path.slice(member.length + 1) : path;
}

function lineOf(right: AccessRight, member: string): string {
  const { id, state, method, pathGlob, validUntil } = right;
  return `${id}  ${state.padEnd(9)}  ${serviceOf(right, member)}  ${method} ${pathGlob}  ${subjectText(right.subject)}  until ${validUntil.toISOString().slice(0, 10)}`;
}

function wordsOf(right: AccessRight, member: string): Readonly<Record<string, string>> {
  return {
    id: `${right.id}, version ${right.version}`,
    state: right.state,
    for: subjectText(right.subject),
    service: serviceOf(right, member),
    call: `${right.method} ${right.pathGlob}`,
    purposes: right.purposes.join(", ") || "any",
    "legal bases": right.legalBases.join(", ") || "any",
    consent: right.consent + (right.consentUnless ? `, unless the basis is ${right.consentUnless.join(" or ")}` : ""),
    fields: right.fields?.join(", ") ?? "all",
    quota: right.quota
      ? `${quotaText(right.quota)}${right.quota.subjectsPerDay ? `, ${right.quota.subjectsPerDay} people a day` : ""}`
      : "none",
    hours: right.timeWindow ? timeWindowText(right.timeWindow) : "always",
    gateways: right.sourceGateways?.join(", ") ?? "any",
    dates: `${right.validFrom.toISOString()} to ${right.validUntil.toISOString()}`,
    review: right.reviewAt?.toISOString().slice(0, 10) ?? "-",
    owner: right.owner ?? "-",
    ...(right.replaces ? { replaces: right.replaces } : {}),
  };
}

function judgementText({ decision, right, reason }: Judgement): string {
  return decision === "allow" ? `allowed by ${right?.id ?? ""}` : `refused (${reason ?? ""})`;
}

function toldOf(judged: Omit<Judgement, "reason"> & { readonly reason?: string }, member: string): void {
  console.log(
    judged.decision === "allow" ? `Allowed by ${judged.right?.id ?? ""}.` : `Refused: ${judged.reason ?? ""}.`,
  );
  if (judged.callsLeft !== undefined) console.log(`The quota holds ${judged.callsLeft} calls now.`);
  if (judged.advice) console.log(judged.advice.en);
  for (const verdict of judged.verdicts) console.log(`  ${verdictText(verdict, member)}`);
  if (judged.verdicts.length === 0) console.log("  There is no right on this service.");
}

function verdictText({ right, passed, failed, reason }: RightVerdict, member: string): string {
  const steps = passed.map((step) => `✓${step}`).join(" ");
  return `${lineOf(right, member)}\n      ${steps}${failed ? ` ✗${failed} (${reason ?? ""})` : ""}`;
}
