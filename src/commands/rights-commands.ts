import type { Command } from "commander";
import type { RightsOptions } from "./manage-rights.ts";

/** `taroko rights …`: who may use a gateway's data services. */
export function rightsCommands(program: Command): void {
  program
    .command("rights")
    .description("who may use a gateway's data services: list, propose, approve, review, explain, simulate")
    .argument("<file>", "the gateway's configuration, JSON")
    .argument("<verb>", "list, show, explain, try, propose, approve, … (below)")
    .argument("[words...]", "an id, a field, a group, a client, as the verb needs")
    .option("--service <subsystem/service>", "one of the agency's own services")
    .option(
      "--subject <path or group>",
      "whose right: TW/GOV/code/subsystem, TW/GOV/code, LOCALGROUP:code, GLOBALGROUP:code",
    )
    .option("--client <path>", "of try: who would call")
    .option("--method <method>", "one method; all unless told")
    .option("--path <glob>", "for example /v1/people/*; all unless told")
    .option("--purpose <code...>", "purposes that may be stated")
    .option("--basis <code...>", "legal bases that may be stated")
    .option("--field <name or pointer...>", "fields that are released; all unless told")
    .option("--consent <none|required>", "whether the person must have agreed")
    .option("--consent-unless <code...>", "legal bases that stand in for the consent")
    .option("--time-window <hours>", 'for example "mon-fri 08:00-18:00 Asia/Taipei"; always unless told')
    .option("--source-gateway <path...>", "gateways the call must come from: TW/GOV/code/gw1; any unless told")
    .option("--quota <number/unit>", "for example 1000/day, or 1000/day+50 with a burst of 50")
    .option("--people <number>", "how many different people a day")
    .option("--payload-check <off|report|enforce>", "instead of the service's own check against its description")
    .option("--from <date>", "first day; now unless told")
    .option("--until <date>", "the day it ends; two years unless told, five at most")
    .option("--review <date>", "when somebody must look at it again")
    .option("--owner <role>", "the responsible unit")
    .option("--replaces <id>", "the right that ends when this one is approved")
    .option("--draft", "propose: write it down only")
    .option("--hold", "approve: without activating it")
    .option("--at <date>", "try: suppose that it is made then; now unless told")
    .option("--with-consent", "try: suppose that the person agreed")
    .option("--revoke <id...>", "simulate: suppose these revoked")
    .option("--state <state>", "list: only those in this state")
    .option("--days <number>", "review: how far ahead; simulate: how far back")
    .option("--title <text>", "of a group")
    .option("--by <name>", "who does it; cli:<user> unless told")
    .option("--note <text>", "why; kept in the right's history")
    .option("--json", "print JSON")
    .addHelpText("after", rightsHelp)
    .action(async (file: string, verb: string, words: string[], options: RightsOptions) => {
      const { manageRights } = await import("./manage-rights.ts");
      process.exitCode = await manageRights(file, verb, words, options);
    });
}

const rightsHelp = `
What there is
  list                     all rights; --service people/person, --subject TEXT, --state active narrow it
  show ID                  one right, with what happened to it
  review                   what waits for approval, for its review, or ends within --days 30
  groups                   the agency's own groups
Why
  explain EXCHANGE-ID      why a recorded call was allowed or refused (x-road-request-id, or a record's id)
  try                      the same of a call nobody made: --client --service --method --path [--purpose --basis --with-consent …]
  who-reads FIELD          who could read a field now: a name, or a JSON pointer such as /address/city
  simulate [FILE]          which calls of the last --days 30 would be judged otherwise: changes as JSON, or --revoke ID
Changes (they hold with the next call; each is an entry of the log)
  propose                  --service --subject [--method --path --purpose --basis --field --consent --time-window --quota --until …]
  submit|approve|reject|activate|suspend|resume|revoke ID
  renew ID --until DATE    proposes the same right with a later end
  confirm ID --review DATE looked at and still needed; to be looked at again then
  group CODE --title TEXT  makes a group;  join CODE CLIENT, leave CODE CLIENT change its members

Examples:
  npx taroko rights gateway.json propose --service household/person --subject TW/GOV/2.16.886.101.20003/portal \\
    --method POST --path /v1/lookup --purpose subsidy --basis tw:law --field name --field /address/city \\
    --quota 1000/day+50 --until 2027-12-31 --review 2027-06-30 --owner "Household registration"
  npx taroko rights gateway.json approve 0199f0a2-… --by "Lin Mei"
  npx taroko rights gateway.json explain 5f3c1c1e-0a52-4a8e-9d3b-6a0d5a1f0c11
  npx taroko rights gateway.json simulate --revoke 0199f0a2-…
A proposal is approved by another person than those who wrote it. On a command line names are taken at their word: where
that is not enough, give operators the gateway's desk, which knows who they are.
Exit status: 0 done, 1 refused (try, explain: the call is refused), 2 could not.`;
