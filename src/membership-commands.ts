import { userInfo } from "node:os";
import { fileURLToPath } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import type { RequestContent } from "#exchange";

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

/** The country that comes with the program; another government names its own. */
const bundledCountry = fileURLToPath(new URL("../countries/taiwan/index.ts", import.meta.url));

/** The commands by which agencies join and ask, and registrars invite, decide and change keys. */
export function membershipCommands(program: Command): void {
  inviteCommand(program);
  joinCommand(program);
  memberCommands(program.command("member").description("ask the authority: to join, for changes, for rights"));
  authorityCommands(program.command("authority").description("for registrars: requests, invitations, groups, keys"));
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
    .addHelpText("after", '\nExample: taroko invite authority.json TW/GOV/MOI --name "內政部|Interior" --out moi.json')
    .action((file: string, member: string, o: { out?: string; name?: string; days: number }) =>
      answer(async () => {
        const { inviteMember, readName } = await import("#sites");
        const name = o.name === undefined ? undefined : readName(o.name);
        const made = await inviteMember(file, member, { out: o.out, name, days: o.days, by: operator() });
        if (o.out === undefined) return made;
        return { invitation: o.out, id: made.id, expires: made.expires, next: "taroko join <the file>, at the agency" };
      }),
    );
}

function joinOptions(command: Command): Command {
  return command
    .requiredOption("--subsystem <code:name...>", 'a system of the agency: "registry:民政登記|Civil registry"')
    .requiredOption("--public-address <host:port>", "where other gateways reach this one")
    .option("--database <url>", "postgres://… or env:NAME; env:TAROKO_DATABASE unless told")
    .option("--server-code <code>", "the gateway's name within its member; gw1 unless told")
    .option("--port <first>", "first of four ports in a row; 7010 unless told", port)
    .option("--country <module>", "the country's module", bundledCountry)
    .option("--out <file>", "where to write the gateway's configuration; gateway.json unless told");
}

function joinCommand(program: Command): void {
  joinOptions(
    program
      .command("join")
      .description("write a gateway's configuration from an invitation and say what to do next")
      .argument("<invitation>", "the file from: taroko invite … --out"),
  )
    .addHelpText(
      "after",
      '\nExample: taroko join moi.json --subsystem "registry:民政登記|Civil registry" --public-address gw.moi.example:5600',
    )
    .action((invitation: string, o: JoinFlags) =>
      answer(async () => {
        const { joinCountry } = await import("#sites");
        return joinCountry(invitation, o);
      }),
    );
}

function memberCommands(member: Command): void {
  joinOptions(
    member
      .command("apply")
      .description("ask to become a member without an invitation; a registrar decides")
      .requiredOption("--authority <address>", "the authority's address")
      .requiredOption("--anchor <key>", "its public key, from its operator or its official publication")
      .requiredOption("--member <path>", "who asks, for example TW/GOV/MOI")
      .requiredOption("--name <name>", 'the agency\'s name: "中文名|English name"')
      .option("--contact <office>", "whom the registrar may ask back: an office, not a person"),
  )
    .addHelpText("after", "\nThen: taroko member status gateway.json, and once it is approved: taroko run gateway.json")
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
  taroko member request gateway.json subsystem.add --code tax --name "稅務|Tax"
  taroko member request gateway.json right.ask --provider TW/GOV/MOI/registry --service people --client TW/GOV/MOHW/care`,
    )
    .action((file: string, kind: string, o: RequestFlags) =>
      answer(async () => {
        const { readName, sendRequest } = await import("#sites");
        return sendRequest(file, contentOf(kind, o, readName), operator());
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

function authorityCommands(authority: Command): void {
  const office = (): Promise<typeof import("#sites")> => import("#sites");
  const at = (name: string, description: string): Command =>
    authority.command(name).description(description).argument("<file>", "the authority's configuration");

  at("requests", "list what members ask")
    .option("--state <state>", "pending, approved or rejected; all unless told")
    .action((file: string, { state }: { state?: "pending" | "approved" | "rejected" }) =>
      answer(async () => (await office()).listRequests(file, state)),
    );
  at("approve", "approve a request")
    .argument("<id>")
    .option("--by <name>", "the registrar's name; who is logged in unless told")
    .action((file: string, id: string, { by }: { by?: string }) =>
      answer(async () => (await office()).decideRequest(file, { id, decision: "approved", by: by ?? operator() })),
    );
  at("reject", "reject a request")
    .argument("<id>")
    .requiredOption("--reason <text>", "what the agency reads")
    .option("--by <name>", "the registrar's name; who is logged in unless told")
    .action((file: string, id: string, { by, reason }: { by?: string; reason: string }) =>
      answer(async () =>
        (await office()).decideRequest(file, { id, decision: "rejected", by: by ?? operator(), reason }),
      ),
    );
  at("invitations", "list invitations and what became of them").action((file: string) =>
    answer(async () => (await office()).listInvitations(file)),
  );
  at("withdraw", "withdraw an invitation that nobody has used")
    .argument("<id>")
    .action((file: string, id: string) =>
      answer(async () => (await office()).withdrawInvitation(file, id, operator())),
    );
  at("retire", "take a gateway out of the configuration and revoke its keys")
    .argument("<gateway>", "for example TW/GOV/MOI/gw1")
    .action((file: string, gateway: string) =>
      answer(async () => ({ retired: await (await office()).retireGateway(file, gateway, operator()) })),
    );
  at("group", "make, change or remove a group that rights can be given to, country-wide")
    .argument("<code>")
    .option("--name <name>", '"中文名|English name"')
    .option("--member <path...>", "TW/GOV/MOI or TW/GOV/MOI/registry")
    .option("--remove", "remove the group")
    .action((file: string, code: string, o: { name?: string; member?: string[]; remove?: boolean }) =>
      answer(async () => {
        const { readName, removeGroup, setGroup } = await office();
        if (o.remove) return { removed: await removeGroup(file, code, operator()) };
        return setGroup(file, { code, name: readName(o.name ?? code), members: o.member ?? [] }, operator());
      }),
    );
  at("roll-key", "sign with a new key from now on; everybody follows from the old one by itself")
    .addHelpText("after", "\nWhere the root's keys are kept offline: propose-root, sign-root, install-root.")
    .action((file: string) => answer(async () => (await office()).rollAuthorityKey(file, operator())));
  at("roll-certificates", "make a new certificate authority for gateways; both are trusted during the change").action(
    (file: string) => answer(async () => (await office()).rollCertificates(file, operator())),
  );
  at("propose-root", "write down which keys shall speak for the authority, for its offline keys to sign")
    .requiredOption("--out <file>", "where to write it, for example root-2.json")
    .option("--root-key <public...>", "public keys that change keys from then on, from: taroko authority root-key")
    .option("--threshold <number>", "how many of them must sign", Number)
    .option("--configuration-key <public...>", "public keys that sign the configuration from then on")
    .option("--expires <date>", "nothing is signed beyond it, for example 2027-11-30T00:00:00Z")
    .action(
      (
        file: string,
        o: { out: string; rootKey?: string[]; threshold?: number; configurationKey?: string[]; expires?: string },
      ) =>
        answer(async () => {
          const { out, rootKey, threshold, configurationKey, expires } = o;
          const plan = { out, rootKeys: rootKey, threshold, configurationKeys: configurationKey, expires };
          return (await office()).proposeRoot(file, plan);
        }),
    );
  at("install-root", "install a root that enough keys of the old and of the new one have signed")
    .argument("<root>", "the signed file")
    .action((file: string, root: string) => answer(async () => (await office()).installRoot(file, root, operator())));
  authority
    .command("root-key")
    .description("make a key that is kept offline and print its public half; needs no network and no database")
    .requiredOption("--out <file>", "where to write the private key")
    .action(({ out }: { out: string }) => answer(async () => (await office()).makeRootKey(out)));
  authority
    .command("sign-root")
    .description("sign a proposed root with an offline key; needs no network and no database")
    .argument("<root>", "the file from propose-root")
    .requiredOption("--key <file>", "the private key")
    .action((root: string, { key }: { key: string }) => answer(async () => (await office()).signRoot(root, key)));
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
      throw refusal(`"${kind}" is no kind of request; see: taroko member request --help`);
  }
}

/** Prints what came of a command. 0 done, 1 refused (what was asked cannot be had so), 2 could not. */
async function answer(work: () => Promise<unknown>): Promise<void> {
  try {
    const said = await work();
    console.log(JSON.stringify(said, null, 2));
  } catch (fault) {
    console.error(fault instanceof Error ? fault.message : String(fault));
    const { exchangeProblems } = await import("#exchange");
    const code = String((fault as { code?: unknown }).code);
    const refused = code !== "authority-unreachable" && (code in exchangeProblems || ownRefusals.has(code));
    process.exitCode = refused ? 1 : 2;
  }
}

const ownRefusals: ReadonlySet<string> = new Set([
  "invitation-file",
  "join-options",
  "member-malformed",
  "request-options",
  "key-wrong",
  "key-missing",
]);

function refusal(message: string): Error {
  return Object.assign(new Error(message), { code: "request-options" });
}

function operator(): string {
  return `cli:${userInfo().username}`;
}

function days(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 366)) throw new InvalidArgumentError("a number of days from 1 to 366");
  return number;
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_000)
    throw new InvalidArgumentError("a port is a number from 1 to 65000");
  return number;
}
