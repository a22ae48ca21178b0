import { readUpTo, type Clock } from "#kernel";
import type { Database, Sql } from "#store";
import {
  acceptConfiguration,
  configurationState,
  contentDigest,
  type AcceptedConfiguration,
  type ConfigurationState,
  type Trust,
} from "./configuration.ts";
import { directoryOf, type Directory } from "./directory.ts";
import { keptConfiguration, keepConfiguration, putConflict } from "./store.ts";

export interface FollowOptions extends Trust {
  readonly database: Database;
  readonly instance: string;
  /** Base addresses of the authority and its mirrors; `/configuration` is appended. What they send proves itself. */
  readonly authorityUrl: string | readonly string[];
  readonly clock: Clock;
  /** Seconds between polls; 60 unless told. */
  readonly every?: number;
  /** Called in the transaction that keeps a version whose content, by its digest, differs from the one before. */
  readonly onChange?: (tx: Sql, accepted: AcceptedConfiguration, content: string) => Promise<void>;
  /** Called once, in a transaction, for each configuration that contradicts an accepted one of the same version. */
  readonly onConflict?: (tx: Sql, conflict: Conflict) => Promise<void>;
  /** Called after a newer version is in use. */
  readonly onAccepted?: () => void;
  /** Told once for each change: again only after something else happened at that place. */
  readonly warn?: (what: { event: string; detail?: string }) => void;
}

/** Two contents of one version, by the digests of their signed parts: somebody tells two stories. */
export interface Conflict {
  readonly version: number;
  readonly accepted: string;
  readonly other: string;
}

/** How a gateway's copy of the configuration stands. */
export interface ConfigurationStatus {
  readonly state: ConfigurationState;
  /** 0 before the first. */
  readonly version: number;
  readonly rootVersion: number;
  readonly issued?: string;
  /** From here on the gateway warns but works; from `expires` on it refuses every call. */
  readonly softExpires?: string;
  readonly expires?: string;
  /** The addresses asked, in order, and what the last question to each came to; `ok` or an event with its reason. */
  readonly sources: readonly { readonly url: string; readonly last: string; readonly at?: string }[];
  /** The newest contradiction that was seen. */
  readonly conflict?: Conflict;
}

/** A gateway's copy of the configuration: the last good one, kept durably, checked anew at every poll. */
export interface FollowedConfiguration {
  /** The last accepted directory; `undefined` before the first. */
  directory(): Directory | undefined;
  /** `expired` also when none was ever accepted. */
  state(): ConfigurationState;
  status(): ConfigurationStatus;
  /** The accepted document as it was signed, for those who ask this gateway instead of the authority. */
  document(): string | undefined;
  /**
   * Asks the authority now (calls at the same time share one question), unless it was asked less than `notWithin`
   * milliseconds ago. True when a newer version was accepted.
   */
  refresh(o?: { readonly notWithin: number }): Promise<boolean>;
  close(): Promise<void>;
}

/** Seconds between two looks, unless told: also what a refused caller is told to wait, as the next look may mend it. */
export const pollSeconds: number = 60;

/** Bytes. */
const largest = 20 * 1024 * 1024;

/**
 * Follows the authority: starts from the stored copy, asks once at start, then every minute give or take ten seconds.
 * Addresses are asked in order until one gives a configuration that is fresh. One that is away or sends something
 * unacceptable changes nothing but the warning; the hard expiry does.
 */
export async function followConfiguration(o: FollowOptions): Promise<FollowedConfiguration> {
  const urls = typeof o.authorityUrl === "string" ? [o.authorityUrl] : o.authorityUrl;
  const sources = new Map<string, { last: string; at?: string }>(urls.map((url) => [url, { last: "not asked" }]));
  let accepted: AcceptedConfiguration | undefined;
  let directory: Directory | undefined;
  let content = "";
  let keptIsUnusable = false;
  let conflict: Conflict | undefined;
  let running: Promise<boolean> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let warnedState: ConfigurationState = "fresh";

  const trust: Trust = { anchor: o.anchor, pinned: o.pinned };
  const kept = await keptConfiguration(o.database, o.instance);
  if (kept) {
    const again = acceptConfiguration(kept.document, { ...trust, now: o.clock.now() });
    if (again.ok) {
      accepted = again.value;
      directory = directoryOf(again.value.body);
      content = kept.content;
    } else {
      keptIsUnusable = true;
      o.warn?.({ event: "kept-configuration-unusable", detail: String(again.error.params?.["reason"]) });
    }
  }

  const state = (): ConfigurationState => (accepted ? configurationState(accepted.body, o.clock.now()) : "expired");

  /** Writes down what came of a question; says so if it is not what came of the one before. */
  function note(url: string, event: string, detail = "", more = ""): void {
    const last = detail ? `${event}: ${detail}` : event;
    const before = sources.get(url)?.last;
    sources.set(url, { last, at: o.clock.now().toISOString() });
    if (before === last || event === "ok") return;
    o.warn?.({ event, detail: urls.length > 1 ? `${detail}${more} (${url})` : `${detail}${more}` });
  }

  function noteState(): void {
    const now = state();
    if (now === warnedState) return;
    warnedState = now;
    const detail = accepted ? `soft ${accepted.body.softExpires}, hard ${accepted.body.expires}` : "none was accepted";
    o.warn?.({ event: `configuration-${now}`, detail });
  }

  /** Asks one address. True when a newer version was accepted. */
  async function ask(url: string): Promise<boolean> {
    let text: string;
    try {
      const answer = await fetch(`${url}/configuration`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const bytes = await readUpTo(answer.body ?? [], largest);
      if (!bytes) throw new Error("larger than any configuration");
      text = Buffer.from(bytes).toString("utf8");
    } catch (cause) {
      const inner = cause instanceof Error && cause.cause instanceof Error ? ` (${cause.cause.message})` : "";
      note(url, "authority-unreachable", String(cause), inner);
      return false;
    }
    const next = acceptConfiguration(text, { ...trust, now: o.clock.now(), previous: accepted });
    if (!next.ok || next.value.body.instance !== o.instance) {
      const params = next.ok ? { reason: "instance" } : next.error.params;
      note(url, "configuration-refused", String(params?.["reason"]));
      if (params?.["reason"] === "two-contents-one-version") await keepConflict(String(params["other"]));
      return false;
    }
    note(url, "ok");
    const value = next.value;
    if (value.digest === accepted?.digest) return false;
    const nextContent = contentDigest(value.body);
    await o.database.transaction(async (tx) => {
      if (nextContent !== content) await o.onChange?.(tx, value, nextContent);
      await keepConfiguration(tx, o.instance, value, nextContent, { now: o.clock.now(), keptIsUnusable });
    });
    keptIsUnusable = false;
    accepted = value;
    content = nextContent;
    directory = directoryOf(value.body);
    o.onAccepted?.();
    return true;
  }

  async function keepConflict(other: string): Promise<void> {
    if (!accepted) return;
    const found: Conflict = { version: accepted.body.version, accepted: accepted.digest, other };
    conflict = found;
    await o.database.transaction(async (tx) => {
      if (await putConflict(tx, o.instance, found, o.clock.now())) await o.onConflict?.(tx, found);
    });
  }

  async function askAll(): Promise<boolean> {
    let newer = false;
    for (const url of urls) {
      // A mirror that stands still must not keep the newer one of another from being seen.
      newer =
        (await ask(url).catch((cause: unknown) => {
          note(url, "configuration-not-kept", String(cause));
          return false;
        })) || newer;
      if (sources.get(url)?.last === "ok" && state() === "fresh") break;
    }
    noteState();
    return newer;
  }

  let askedAt = -Infinity;
  const refresh = async ({ notWithin = 0 } = {}): Promise<boolean> => {
    if (!running && performance.now() - askedAt < notWithin) return false;
    if (!running) askedAt = performance.now();
    running ??= askAll().finally(() => {
      running = undefined;
    });
    return running;
  };

  const plan = (): void => {
    if (closed) return;
    const every = (o.every ?? pollSeconds) * 1000;
    timer = setTimeout(() => void refresh().then(plan), every * (0.83 + Math.random() / 3));
    timer.unref();
  };
  await refresh();
  plan();

  return {
    directory: () => directory,
    state,
    document: () => accepted?.text,
    status: () => ({
      state: state(),
      version: accepted?.body.version ?? 0,
      rootVersion: accepted?.root.body.version ?? 0,
      ...(accepted
        ? { issued: accepted.body.issued, softExpires: accepted.body.softExpires, expires: accepted.body.expires }
        : {}),
      sources: [...sources].map(([url, said]) => ({ url, ...said })),
      ...(conflict ? { conflict } : {}),
    }),
    refresh,
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
