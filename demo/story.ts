import { Browser, type Page } from "./browser.ts";
import { demoPins } from "./pins.ts";
import type { RunningCountry } from "./run-country.ts";
import { verifyReceipt } from "#ledger/contract";
import { caseByNumber, casesOf, openCase, type Case } from "#services";
import { findPerson } from "#identity";
import { paymentFor } from "#payments";
import { usageOf } from "#consent";

/** What the story did, for people and for scripts. */
export interface StorySummary {
  readonly ok: true;
  readonly portal: string;
  readonly resumed: boolean;
  readonly case: { readonly id: string; readonly number: string; readonly phase: string };
  readonly exchanges: readonly {
    readonly need: string;
    readonly service: string;
    readonly exchangeId: string;
    readonly at: string;
  }[];
  readonly decision: {
    readonly outcome: string;
    readonly amount: number;
    readonly currency: "TWD";
    readonly rule: { readonly id: string; readonly version: string; readonly hash: string };
    readonly lines: readonly { readonly label: string; readonly value: string }[];
  };
  readonly payment: { readonly file: string; readonly sha256: string; readonly state: string };
  readonly log: readonly {
    readonly origin: string;
    readonly index: number;
    readonly size: number;
    readonly witnesses: readonly string[];
    readonly verified: boolean;
  }[];
  readonly verified: boolean;
  readonly seconds: number;
}

/** Says what is going on, one line a step. */
export type Progress = (line: string) => void;

/** A step that failed, with its name, for the exit status and the JSON. */
export class StoryFault extends Error {
  readonly step: string;
  constructor(step: string, cause: unknown) {
    super(`${step}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.step = step;
  }
}

const device = "walker-standard";
/** Ends in 0–0999: the bank simulator settles it at once. */
const account = { institution: "012", branch: "0009", account: "00000000000118" };

/**
 * Plays the main story as its people would, through the pages: Mrs Lin applies for her mother, a caseworker approves, a
 * colleague releases, the bank pays, and the mother's list of readings is verified. It goes on where an earlier run was
 * stopped; a finished story is only verified again.
 */
export async function playStory(country: RunningCountry, progress: Progress): Promise<StorySummary> {
  const started = performance.now();
  const { portal } = country.portal;
  let current = "start";
  const step = async <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
    current = name;
    const from = performance.now();
    const value = await work();
    progress(`${name} (${Math.round(performance.now() - from)} ms)`);
    return value;
  };

  try {
    const before = await latestCase(country, "lin-meihui");
    const resumed = before !== undefined;
    let state = before;
    if (!state || state.phase === "draft") {
      const citizen = new Browser(country.portalUrl);
      await step("Mrs Lin signs in with her card", () => signIn(country, citizen, "lin-meihui", "/"));
      await step("She chooses to act for her mother (mandate: household register)", () => actFor(citizen));
      state = await apply(country, citizen, step);
    }
    const { id, number } = await settledNumber(country, state);
    if (state.phase === "review") {
      await step("The caseworker opens the case, reads facts and rule, and approves", async () => {
        const officer = new Browser(country.portalUrl);
        await signIn(country, officer, "officer-wang", "/desk");
        const page = await officer.get(`/desk/${id}`);
        await accepted(officer.submit(page, actionOf(page, "/decide"), { decision: "approve" }));
      });
      state = await reload(country, id);
    }
    if (state.phase === "approved") {
      await step("A second officer releases the payment", async () => {
        const officer = new Browser(country.portalUrl);
        await signIn(country, officer, "officer-chen", "/desk");
        const page = await officer.get(`/desk/${id}`);
        await accepted(officer.submit(page, actionOf(page, "/release"), { release: "yes" }));
      });
    }
    if ((await reload(country, id)).phase !== "paid") {
      await step("The bank takes the ISO 20022 file and answers: paid", () =>
        until(
          () => reload(country, id),
          (one) => one.phase === "paid",
          "the payment",
        ),
      );
    }
    const final = await reload(country, id);
    const log = await step("Her mother's readings are verified, offline, against log and witnesses", () =>
      verifyReadings(country, final),
    );
    const payment = (await paymentFor(portal.payments, number))!;
    const ruling = final.decision!.ruling;
    return {
      ok: true,
      portal: country.portalUrl,
      resumed,
      case: { id, number, phase: final.phase },
      exchanges: Object.values(final.facts).map((fact) => ({
        need: fact.need,
        service: fact.service,
        exchangeId: fact.exchangeId,
        at: fact.fetchedAt,
      })),
      decision: {
        outcome: final.decision!.outcome,
        amount: ruling.amount,
        currency: "TWD",
        rule: { id: ruling.model.id, version: ruling.model.version, hash: ruling.model.hash },
        lines: ruling.lines.map((line) => ({ label: line.label.en, value: line.value.en })),
      },
      payment: { file: payment.file?.name ?? "", sha256: payment.file?.sha256 ?? "", state: payment.public.state },
      log,
      verified: log.length > 0 && log.every((entry) => entry.verified),
      seconds: Number(((performance.now() - started) / 1000).toFixed(3)),
    };
  } catch (fault) {
    throw new StoryFault(current, fault);
  }

  async function apply(on: RunningCountry, citizen: Browser, say: typeof step): Promise<Case> {
    let page = await citizen.get("/services/assistive-device-subsidy/start");
    page = await fetchFor(citizen, page, say);
    const id = page.url.pathname.split("/")[2]!;
    await say("Facts are there, each with its source; she chooses a walking frame and gives an account", () =>
      answer(citizen, id, device),
    );
    await say("She checks, signs with her card's second PIN, and sends", () => sign(on, citizen, id, "lin-meihui"));
    return reload(on, id);
  }
}

/** Other people's applications, so that the desk has a queue: some the rule allows, some it does not. */
const others: readonly { readonly card: string; readonly device: string; readonly bought?: boolean }[] = [
  { card: "zhang-zhiming", device: "mobility-scooter" },
  { card: "wu-rare", device: "video-magnifier-portable" },
  { card: "cai-full", device: "rollator" },
  { card: "huang-newtaipei", device: "wheelchair-b" },
  { card: "li-nothing", device: "cane-custom" },
];

/** Lets the other personas apply for themselves, each once; whoever has applied already is left alone. */
export async function playOthers(country: RunningCountry): Promise<{ applied: number }> {
  let applied = 0;
  for (const { card, device: wanted } of others) {
    if ((await latestCase(country, card))?.number) continue;
    const browser = new Browser(country.portalUrl);
    await signIn(country, browser, card, "/");
    const page = await browser.get("/services/assistive-device-subsidy/start?for=self");
    const id = page.url.pathname.split("/")[2]!;
    await fetchFor(browser, page, (_name, work) => work());
    await answer(browser, id, wanted);
    await sign(country, browser, id, card);
    applied += 1;
  }
  return { applied };
}

/** Agrees to what is fetched; where that was done and the answers were lost on the way, asks for them again. */
async function fetchFor(
  browser: Browser,
  page: Page,
  say: <Value>(name: string, work: () => Promise<Value>) => Promise<Value>,
): Promise<Page> {
  const at = placeOf(page);
  if (at === "consent")
    return say("She reads what would be fetched, and agrees; three gateways answer", () =>
      accepted(browser.submit(page, page.url.pathname, { answer: "agree" })),
    );
  if (at === "fetched")
    return say("She asks again for what did not arrive; three gateways answer", () =>
      accepted(browser.submit(page, page.url.pathname, {})),
    );
  return page;
}

async function answer(browser: Browser, id: string, wanted: string): Promise<void> {
  for (const [question, fields] of [
    ["device", { device: wanted }],
    ["bought", { bought: "no" }],
    ["account", account],
  ] as const) {
    const asked = await browser.get(`/apply/${id}/question/${question}`);
    await accepted(browser.submit(asked, asked.url.pathname, fields));
  }
}

async function sign(country: RunningCountry, browser: Browser, id: string, card: string): Promise<void> {
  const check = await browser.get(`/apply/${id}/check`);
  if (check.status !== 200) throw new Error(`the check page answers ${check.status}`);
  const declaration = await browser.get(`/apply/${id}/sign`);
  const reader = await browser.redirectOf(declaration.url.pathname, { ...hiddenOf(declaration), agree: "yes" });
  const signed = await callReader(country, "/api/sign", {
    card,
    pin: demoPins.pin2,
    hash: reader.searchParams.get("hash"),
    hashFunction: reader.searchParams.get("hashFunction"),
  });
  const back = new URL(reader.searchParams.get("return")!);
  await accepted(
    browser.post(back.pathname, { signature: String(signed["signature"]), certificate: String(signed["certificate"]) }),
  );
}

/** Signs a persona in as a browser would: portal, reader, portal. */
export async function signIn(country: RunningCountry, browser: Browser, card: string, next: string): Promise<Page> {
  const reader = await browser.redirectOf(`/sign-in?next=${encodeURIComponent(next)}`, {});
  const answer = await callReader(country, "/api/authenticate", {
    card,
    pin: demoPins.pin1,
    challenge: reader.searchParams.get("challenge"),
    origin: reader.searchParams.get("origin"),
  });
  return accepted(
    browser.post("/sign-in/finish", {
      token: JSON.stringify(answer["token"]),
      signingCertificate: String(answer["signingCertificate"]),
    }),
  );
}

async function actFor(browser: Browser): Promise<void> {
  const page = await browser.get("/act-for");
  const mandate = [...page.html.matchAll(/name="for"\s+value="([^"]+)"/g)]
    .map((match) => match[1]!)
    .find((value) => value !== "self");
  if (!mandate) throw new Error("the household register confirms no mandate");
  await accepted(browser.submit(page, "/act-for", { for: mandate }));
}

/** What a reader's extension would do: asks the simulator for what the page asked of the card. */
async function callReader(country: RunningCountry, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(country.readerUrl + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`the card says ${String(said["code"])}`);
  return said;
}

async function accepted(sent: Promise<Page>): Promise<Page> {
  const page = await sent;
  if (page.status >= 400) {
    const title = /<h1[^>]*>([\s\S]*?)<\/h1>/
      .exec(page.html)?.[1]
      ?.replaceAll(/<[^>]+>/g, "")
      .trim();
    throw new Error(`${page.url.pathname} answers ${page.status}: ${title ?? ""}`);
  }
  return page;
}

function placeOf(page: Page): string {
  return page.url.pathname.split("/")[3] ?? "";
}

function hiddenOf(page: Page): Record<string, string> {
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.html)?.[1];
  return csrf ? { csrf } : {};
}

/** The address of the form on a page whose path ends so. */
function actionOf(page: Page, ending: string): string {
  const actions = [...page.html.matchAll(/action="([^"]+)"/g)].map((match) => match[1]!.replaceAll("&amp;", "&"));
  const action = actions.find((one) => new URL(one, page.url).pathname.endsWith(ending));
  if (!action) throw new Error(`the page at ${page.url.pathname} offers no ${ending}`);
  return action;
}

async function latestCase(country: RunningCountry, key: string): Promise<Case | undefined> {
  const { portal } = country.portal;
  const one = country.people.find((candidate) => candidate.key === key)!;
  const person = await findPerson(portal.identity, one.nationalId);
  const [latest] = person ? await casesOf(portal.database, person.id, 1) : [];
  return latest ? (await openCase(portal.database, latest.id))?.state : undefined;
}

async function reload(country: RunningCountry, id: string): Promise<Case> {
  return (await openCase(country.portal.portal.database, id))!.state;
}

async function settledNumber(country: RunningCountry, state: Case): Promise<{ id: string; number: string }> {
  const number = state.number;
  if (!number || (await caseByNumber(country.portal.portal.database, number)) !== state.id)
    throw new Error("the case has no number");
  return { id: state.id, number };
}

/** Reads the mother's list as the portal shows it, and verifies each line's receipt by the published policy alone. */
async function verifyReadings(country: RunningCountry, state: Case): Promise<StorySummary["log"]> {
  const { portal } = country.portal;
  const { refreshDataUse, usageReceipt } = await import("#flows");
  const policy = await (await fetch(`${country.portalUrl}/record/policy.txt`)).text();
  const wanted = new Set(Object.values(state.facts).map((fact) => fact.exchangeId));
  const receipts = await until(
    async () => {
      await refreshDataUse(portal, state.principal.person);
      const { records } = await usageOf(portal.database, state.principal.person, { limit: 100, offset: 0 });
      const kept = await Promise.all(records.map((one) => usageReceipt(portal, state.principal.person, one)));
      return kept.filter((one) => one !== null);
    },
    (found) => found.length >= wanted.size,
    "the witnesses",
  );
  return Promise.all(
    receipts.map(async (receipt) => {
      const verdict = await verifyReceipt(receipt, policy);
      if (!verdict.ok)
        return { origin: verdict.step, index: -1, size: 0, witnesses: [verdict.reason], verified: false };
      return {
        origin: verdict.origin,
        index: verdict.index,
        size: verdict.size,
        witnesses: verdict.witnesses.map((witness) => witness.name),
        verified: true,
      };
    }),
  );
}

async function until<Value>(
  look: () => Promise<Value>,
  enough: (value: Value) => boolean,
  what: string,
): Promise<Value> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await look();
    if (enough(value)) return value;
    if (Date.now() > deadline) throw new Error(`waited 20 seconds for ${what}`);
    await new Promise((done) => setTimeout(done, 30));
  }
}
