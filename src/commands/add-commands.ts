import type { Command } from "commander";
import { authorityCommands } from "./authority-commands.ts";
import { eventsCommands } from "./events-commands.ts";
import { evidenceCommands } from "./evidence-commands.ts";
import { membershipCommands } from "./membership-commands.ts";
import { paymentsCommands } from "./payments-commands.ts";
import { policiesCommands } from "./policies-commands.ts";
import { recordCommands } from "./record-commands.ts";
import { registryCommands } from "./registry-commands.ts";
import { rightsCommands } from "./rights-commands.ts";
import { rulesCommands } from "./rules-commands.ts";
import { signatureCommands } from "./signature-commands.ts";
import { siteCommands } from "./site-commands.ts";
import { staffCommands } from "./staff-commands.ts";

export interface CommandsOptions {
  /** This program's own file, to start further processes of it. */
  readonly programFile: string;
  /** The country's module that is taken unless told. */
  readonly country: string;
}

/** Adds every command that works on one site, on a file, or on public logs. */
export function addCommands(program: Command, { programFile, country }: CommandsOptions): void {
  siteCommands(program, programFile);
  membershipCommands(program, country);
  authorityCommands(program);
  registryCommands(program, country);
  rightsCommands(program);
  eventsCommands(program);
  evidenceCommands(program);
  paymentsCommands(program, country);
  policiesCommands(program);
  recordCommands(program);
  rulesCommands(program, country);
  signatureCommands(program);
  staffCommands(program, country);
}
