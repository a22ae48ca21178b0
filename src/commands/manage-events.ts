import type { DeliveryStatus, EventDesk } from "#exchange";
import { messageOf, operatorName } from "./answer.ts";

export interface EventsOptions {
  /** A subscription's id. */
  readonly subscription?: string;
  /** One event of it. */
  readonly sequence?: number;
  /** For `replay`: all events from this sequence on, not only dead letters. */
  readonly from?: number;
  readonly json?: boolean;
}

/**
 * `taroko events …`: what waits, what was given up, and sending it again.
 * @returns the exit status: 0 done, 1 nothing to do or wrongly asked, 2 could not
 */
export async function manageEvents(
  work: "status" | "dead" | "replay" | "discard",
  file: string,
  options: EventsOptions,
): Promise<0 | 1 | 2> {
  const { openEventsAtSite } = await import("#sites");
  try {
    const at = openEventsAtSite(file);
    try {
      return await carryOut(at.desk, work, options);
    } finally {
      await at.close();
    }
  } catch (cause) {
    console.error(messageOf(cause));
    return 2;
  }
}

async function carryOut(
  desk: EventDesk,
  work: "status" | "dead" | "replay" | "discard",
  options: EventsOptions,
): Promise<0 | 1> {
  if (work === "status") return status(desk, options.json === true);
  if (work === "dead") return dead(desk, options.json === true);
  const { subscription: subscriptionId, sequence, from } = options;
  if (subscriptionId === undefined || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(subscriptionId)) {
    console.error("Say whose: --subscription <id>, as npx taroko events status lists them.");
    return 1;
  }
  const by = operatorName();
  const letters = { subscriptionId, sequence };
  const count =
    work === "discard"
      ? await desk.discard(by, letters)
      : from === undefined
        ? await desk.replay(by, letters)
        : await desk.replayFrom(by, subscriptionId, from);
  console.log(`${count} event${count === 1 ? "" : "s"} ${work === "discard" ? "given up" : "sent again"}`);
  return count > 0 ? 0 : 1;
}

async function status(desk: EventDesk, asJson: boolean): Promise<0> {
  const rows = await desk.backlog();
  if (asJson) {
    console.log(JSON.stringify(rows, null, 2));
    return 0;
  }
  for (const { eventType, room } of await desk.types()) console.log(`type  ${room} ${eventType}`);
  for (const { subscription: s, waiting, held, dead: given, done, oldest, failing } of rows) {
    console.log(`${s.id}  ${s.eventType} → ${s.subscriber}  ${s.delivery}${s.fifo ? " FIFO" : ""}`);
    const old = oldest ? `, the oldest since ${oldest.toISOString()}` : "";
    const fails = failing > 0 ? `, ${failing} attempts failed in a row` : "";
    console.log(`    waiting ${waiting}${old}; under way ${held}; delivered ${done}; dead letters ${given}${fails}`);
  }
  return 0;
}

async function dead(desk: EventDesk, asJson: boolean): Promise<0> {
  let after: number | undefined;
  const all: DeliveryStatus[] = [];
  for (;;) {
    const page = await desk.deadLetters(after);
    all.push(...page);
    if (page.length < 100 || page.at(-1)?.sequence === after) break;
    after = page.at(-1)?.sequence;
  }
  if (asJson) console.log(JSON.stringify(all, null, 2));
  else if (all.length === 0) console.log("no dead letters");
  else
    for (const one of all)
      console.log(
        `${one.subscriptionId}  sequence ${one.sequence}  ${one.eventType} → ${one.subscriber}  ${one.attempts} attempts, last: ${one.outcome ?? "-"}  published ${one.publishedAt.toISOString()}`,
      );
  return 0;
}
