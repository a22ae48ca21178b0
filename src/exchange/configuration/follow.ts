import { readUpTo, type Clock } from "#kernel";
import type { Database, Sql } from "#store";
import {
  acceptConfiguration,
  configurationState,
  contentDigest,
  type AcceptedConfiguration,
  type ConfigurationState,
} from "./configuration.ts";
import { directoryOf, type Directory } from "./directory.ts";
import { keptConfiguration, keepConfiguration } from "./store.ts";

export interface FollowOptions {
  readonly database: Database;
  readonly instance: string;
  /** Base address of the authority; `/configuration` is appended. */
  readonly authorityUrl: string;
  /** The authority's public key, given at set-up: raw Ed25519, base64url. */
  readonly anchor: string;
  readonly clock: Clock;
  /** Seconds between polls; 60 unless told. */
  readonly every?: number;
  /** Called in the transaction that keeps a version whose content, by its digest, differs from the one before. */
  readonly onChange?: (tx: Sql, accepted: AcceptedConfiguration, content: string) => Promise<void>;
  readonly warn?: (what: { event: string; detail?: string }) => void;
}

/** A gateway's copy of the configuration: the last good one, kept durably, checked anew at every poll. */
export interface FollowedConfiguration {
  /** The last accepted directory; `undefined` before the first. */
  directory(): Directory | undefined;
  /** `expired` also when none was ever accepted. */
  state(): ConfigurationState;
  /** Asks the authority now (calls at the same time share one question). True when a newer version was accepted. */
  refresh(): Promise<boolean>;
  close(): Promise<void>;
}

/** Bytes. */
const largest = 20 * 1024 * 1024;

/**
 * Follows the authority: starts from the stored copy, asks once at start, then every minute give or take ten seconds.
 * An authority that is away or sends something unacceptable changes nothing but the warning; the hard expiry does.
 */
export async function followConfiguration(o: FollowOptions): Promise<FollowedConfiguration> {
  let accepted: AcceptedConfiguration | undefined;
  let directory: Directory | undefined;
  let content = "";
  let keptIsUnusable = false;
  let running: Promise<boolean> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const kept = await keptConfiguration(o.database, o.instance);
  if (kept) {
    const again = acceptConfiguration(kept.document, { anchor: o.anchor, now: o.clock.now() });
    if (again.ok) {
      accepted = again.value;
      directory = directoryOf(again.value.body);
      content = kept.content;
    } else {
      keptIsUnusable = true;
      o.warn?.({ event: "kept-configuration-unusable", detail: String(again.error.params?.["reason"]) });
    }
  }

  async function ask(): Promise<boolean> {
    let text: string;
    try {
      const answer = await fetch(`${o.authorityUrl}/configuration`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const bytes = await readUpTo(answer.body ?? [], largest);
      if (!bytes) throw new Error("larger than any configuration");
      text = Buffer.from(bytes).toString("utf8");
    } catch (cause) {
      o.warn?.({ event: "authority-unreachable", detail: String(cause) });
      return false;
    }
    const next = acceptConfiguration(text, { anchor: o.anchor, now: o.clock.now(), previous: accepted });
    if (!next.ok || next.value.body.instance !== o.instance) {
      const reason = next.ok ? "instance" : String(next.error.params?.["reason"]);
      o.warn?.({ event: "configuration-refused", detail: reason });
      return false;
    }
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
    return true;
  }

  const refresh = (): Promise<boolean> => {
    running ??= ask()
      .catch((cause: unknown) => {
        o.warn?.({ event: "configuration-not-kept", detail: String(cause) });
        return false;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  const plan = (): void => {
    if (closed) return;
    const every = (o.every ?? 60) * 1000;
    timer = setTimeout(() => void refresh().then(plan), every * (0.83 + Math.random() / 3));
    timer.unref();
  };
  await refresh();
  plan();

  return {
    directory: () => directory,
    state: () => (accepted ? configurationState(accepted.body, o.clock.now()) : "expired"),
    refresh,
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
