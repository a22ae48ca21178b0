import type { Command } from "commander";
import type { EventsOptions } from "./manage-events.ts";
import { wholeNumber } from "./read-number.ts";

/** `taroko events …`: what waits for whom, and what was given up. */
export function eventsCommands(program: Command): void {
  const events = program.command("events").description("look after the events of a gateway's rooms");
  for (const [work, about, example] of [
    ["status", "what waits for whom, what was delivered, what was given up", ""],
    ["dead", "list dead letters: events that were given up", ""],
    [
      "replay",
      "send dead letters once more, or everything from a sequence on",
      " --subscription 0b7a4f7e-… --sequence 17",
    ],
    ["discard", "give dead letters up for good", " --subscription 0b7a4f7e-… --sequence 17"],
  ] as const) {
    const command = events
      .command(work)
      .description(about)
      .argument("<file>", "the gateway's configuration, JSON")
      .addHelpText(
        "after",
        `\n  npx taroko events ${work} gateway.json${example}\n\nThe gateway may be running. Exit status: 0 done, 1 nothing to do, 2 could not.\nSee docs/guides/events-between-agencies.md.`,
      )
      .action(async (file: string, options: EventsOptions) => {
        const { manageEvents } = await import("./manage-events.ts");
        process.exitCode = await manageEvents(work, file, options);
      });
    if (work === "status" || work === "dead") command.option("--json", "print it as JSON");
    else
      command
        .requiredOption("--subscription <id>", "whose, as `status` lists them")
        .option("--sequence <number>", "one event; all dead letters of the subscription unless told", sequenceNumber);
    if (work === "replay") command.option("--from <number>", "every event from this sequence on", sequenceNumber);
  }
}

const sequenceNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER, "a sequence counts from 0");
