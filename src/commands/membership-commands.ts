import { type Command, InvalidArgumentError } from "commander";
import type { RequestContent } from "#exchange";
import { answer, operatorName } from "./answer.ts";
import { portNumber } from "./read-number.ts";

/** What an agency that joins types in. */
interface JoinFlags {
  readonly subsystem: string[];
  readonly publicAddress: string;
  readonly database?: string;
  readonly serverCode?: string;
  readonly port?: number;
  readonly out?: string;
  readonly country: string;
}

interface RequestFlags {
  readonly code?: string;
  readonly name?: string;
  readonly server?: string;
  readonly key?: string;
  readonly service?: string;
  readonly provider?: string;
  readonly client?: string;
  readonly method?: string;
  readonly path?: string;
  readonly purpose?: string[];
  readonly basis?: string[];
  readonly field?: string[];
  readonly why?: string;
}

/** The commands by which agencies are invited, join and ask. `country`: the module a gateway takes unless told. */
export function membershipCommands(program: Command, country: string): void {
  inviteCommand(program);
  joinCommand(program, country);
  memberCommands(program.command("member").description("ask the authority: to join, for changes, for rights"), country);
}

function inviteCommand(program: Command): void {
  program
    .command("invite")
    .description("invite one gateway of a member: all it needs to join, in one file")
    .argument("<file>", "the authority's configuration")
    .argument("<member>", "for example TW/GOV/MOI")
    .option("--out <file>", "write the invitation file here; hand it over by a way that both sides trust")
    .option("--name <name>", 'register the member if it is none yet: "中文名|English name"')
    .option("--days <number>", "how long the invitation is good", days, 14)
    .addHelpText(
      "after",
      '\nExample: npx taroko invite authority.json TW/GOV/MOI --name "內政部|Interior" --out moi.json',
    )
    .action((file: string, member: string, o: { out?: string; name?: string; days: number }) =>
      answer(async () => {
        const { inviteMember, readName } = await import("#sites");
        const name = o.name === undefined ? undefined : readName(o.name);
        const made = await inviteMember(file, member, { out: o.out, name, days: o.days, by: operatorName() });
        if (o.out === undefined) return made;
        return {
          invitation: o.out,
          id: made.id,
          expires: made.expires,
          next: "npx taroko join <the file>, at the agency",
        };
      }),
    );
}

function joinOptions(command: Command, country: string): Command {
  return command
    .requiredOption("--subsystem <code:name...>", 'a system of the agency: "registry:民政登記|Civil registry"')
    .requiredOption("--public-address <host:port>", "where other gateways reach this one")
    .option("--database <url>", "postgres://… or env:NAME; env:TAROKO_DATABASE unless told")
    .option("--server-code <code>", "the gateway's name within its member; gw1 unless told")
    .option("--port <first>", "first of four ports in a row; 7010 unless told", portNumber)
    .option("--country <module>", "the country's module", country)
    .option("--out <file>", "where to write the gateway's configuration; gateway.json unless told");
}

function joinCommand(program: Command, country: string): void {
  joinOptions(
    program
      .command("join")
      .description("write a gateway's configuration from an invitation and say what to do next")
      .argument("<invitation>", "the file from: npx taroko invite … --out"),
    country,
  )
    .addHelpText(
      "after",
      '\nExample: npx taroko join moi.json --subsystem "registry:民政登記|Civil registry" --public-address gw.moi.example:5600',
    )
    .action((invitation: string, o: JoinFlags) =>
      answer(async () => {
        const { joinCountry } = await import("#sites");
        return joinCountry(invitation, o);
      }),
    );
}

function memberCommands(member: Command, country: string): void {
  joinOptions(
    member
      .command("apply")
      .description("ask to become a member without an invitation; a registrar decides")
      .requiredOption("--authority <address>", "the authority's address")
      .requiredOption("--anchor <key>", "its public key, from its operator or its official publication")
      .requiredOption("--member <path>", "who asks, for example TW/GOV/MOI")
      .requiredOption("--name <name>", 'the agency\'s name: "中文名|English name"')
      .option("--contact <office>", "whom the registrar may ask back: an office, not a person"),
    country,
  )
    .addHelpText(
      "after",
      "\nThen: npx taroko member status gateway.json, and once it is approved: npx taroko run gateway.json",
    )
    .action((o: JoinFlags & { authority: string; anchor: string; member: string; name: string; contact?: string }) =>
      answer(async () => {
        const { applyToJoin, readMemberPath, readName } = await import("#sites");
        const { instance, memberClass, memberCode } = readMemberPath(o.member, "TW");
        const authority = { url: o.authority.replace(/\/$/, ""), anchor: o.anchor };
        const joining = { instance, member: { memberClass, memberCode }, authority };
        return applyToJoin(joining, { ...o, name: readName(o.name) });
      }),
    );
  member
    .command("request")
    .description("ask the authority for a change, or another member for a right; signed by the gateway")
    .argument("<file>", "the gateway's configuration")
    .argument(
      "<kind>",
      "member.rename, member.leave, subsystem.add, subsystem.rename, subsystem.remove, gateway.add, gateway.retire, service.announce, right.ask",
    )
    .option("--code <code>", "the subsystem")
    .option("--name <name>", '"中文名|English name"')
    .option("--server <code>", "the gateway to add or to retire")
    .option("--key <thumbprint>", "of the gateway to add: its signing key")
    .option("--service <code>", "the data service")
    .option("--provider <path>", "whose service: TW/GOV/MOI/registry")
    .option("--client <path>", "who would call: TW/GOV/MOHW/care")
    .option("--method <method>", "GET, POST …")
    .option("--path <glob>", "for example /v1/people/*")
    .option("--purpose <code...>", "purposes that will be stated")
    .option("--basis <code...>", "legal bases that will be stated")
    .option("--field <name...>", "fields that are needed, and no others")
    .option("--why <text>", "for those who decide; no personal data")
    .addHelpText(
      "after",
      `
Examples:
  npx taroko member request gateway.json subsystem.add --code tax --name "稅務|Tax"
  npx taroko member request gateway.json right.ask --provider TW/GOV/MOI/registry --service people --client TW/GOV/MOHW/care`,
    )
    .action((file: string, kind: string, o: RequestFlags) =>
      answer(async () => {
        const { readName, sendRequest } = await import("#sites");
        return sendRequest(file, contentOf(kind, o, readName), operatorName());
      }),
    );
  member
    .command("status")
    .description("how everything stands that this gateway has asked, before its enrolment too")
    .argument("<file>", "the gateway's configuration")
    .action((file: string) =>
      answer(async () => {
        const { requestStatus } = await import("#sites");
        return requestStatus(file);
      }),
    );
  member
    .command("roll-key")
    .description("give the gateway a new signing key; the old one stays good for a day")
    .argument("<file>", "the gateway's configuration")
    .addHelpText("after", "\nThe gateway may be running: it takes the new key over with the next configuration.")
    .action((file: string) =>
      answer(async () => {
        const { rollMemberKey } = await import("#sites");
        return rollMemberKey(file);
      }),
    );
}

function contentOf(
  kind: string,
  o: RequestFlags,
  readName: (text: string) => { readonly "zh-Hant": string; readonly en: string },
): RequestContent {
  const need = (flag: keyof RequestFlags): string => {
    const value = o[flag];
    if (typeof value !== "string") throw refusal(`${kind} needs --${flag}`);
    return value;
  };
  const name = () => readName(need("name"));
  switch (kind) {
    case "member.rename":
      return { kind, name: name() };
    case "member.leave":
      return { kind };
    case "subsystem.add":
    case "subsystem.rename":
      return { kind, code: need("code"), name: name() };
    case "subsystem.remove":
      return { kind, code: need("code") };
    case "gateway.add":
      return { kind, serverCode: need("server"), keyid: need("key") };
    case "gateway.retire":
      return { kind, serverCode: need("server") };
    case "service.announce":
      return { kind, subsystem: need("code"), service: need("service"), title: name() };
    case "right.ask":
      return {
        kind,
        provider: need("provider"),
        service: need("service"),
        client: need("client"),
        method: o.method,
        pathGlob: o.path,
        purposes: o.purpose,
        legalBases: o.basis,
        fields: o.field,
        why: o.why,
      };
    default:
      throw refusal(`"${kind}" is no kind of request; see: npx taroko member request --help`);
  }
}

function refusal(message: string): Error {
  return Object.assign(new Error(message), { code: "request-options" });
}

function days(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 366)) throw new InvalidArgumentError("a number of days from 1 to 366");
  return number;
}
