import type { Command } from "commander";
import { answer, operatorName } from "./answer.ts";

/** `taroko authority …`: what registrars decide and change. */
export function authorityCommands(program: Command): void {
  const authority = program.command("authority").description("for registrars: requests, invitations, groups, keys");
  const office = (): Promise<typeof import("#sites")> => import("#sites");
  const at = (name: string, description: string): Command =>
    authority.command(name).description(description).argument("<file>", "the authority's configuration");

  at("requests", "list what members ask")
    .option("--state <state>", "pending, approved or rejected; all unless told")
    .action((file: string, { state }: { state?: "pending" | "approved" | "rejected" }) =>
      answer(async () => (await office()).listRequests(file, state)),
    );
  at("approve", "approve a request")
    .argument("<id>", "the request's, as `npx taroko authority requests` lists it")
    .option("--by <name>", "the registrar's name; who is logged in unless told")
    .action((file: string, id: string, { by }: { by?: string }) =>
      answer(async () => (await office()).decideRequest(file, { id, decision: "approved", by: by ?? operatorName() })),
    );
  at("reject", "reject a request")
    .argument("<id>", "the request's, as `npx taroko authority requests` lists it")
    .requiredOption("--reason <text>", "what the agency reads")
    .option("--by <name>", "the registrar's name; who is logged in unless told")
    .action((file: string, id: string, { by, reason }: { by?: string; reason: string }) =>
      answer(async () =>
        (await office()).decideRequest(file, { id, decision: "rejected", by: by ?? operatorName(), reason }),
      ),
    );
  at("invitations", "list invitations and what became of them").action((file: string) =>
    answer(async () => (await office()).listInvitations(file)),
  );
  at("withdraw", "withdraw an invitation that nobody has used")
    .argument("<id>", "the invitation's, as `npx taroko authority invitations` lists it")
    .action((file: string, id: string) =>
      answer(async () => (await office()).withdrawInvitation(file, id, operatorName())),
    );
  at("retire", "take a gateway out of the configuration and revoke its keys")
    .argument("<gateway>", "for example TW/GOV/MOI/gw1")
    .action((file: string, gateway: string) =>
      answer(async () => ({ retired: await (await office()).retireGateway(file, gateway, operatorName()) })),
    );
  at("group", "make, change or remove a group that rights can be given to, country-wide")
    .argument("<code>", "the group's: letters, digits and hyphens, for example cities")
    .option("--name <name>", '"中文名|English name"')
    .option("--member <path...>", "TW/GOV/MOI or TW/GOV/MOI/registry")
    .option("--remove", "remove the group")
    .action((file: string, code: string, o: { name?: string; member?: string[]; remove?: boolean }) =>
      answer(async () => {
        const { readName, removeGroup, setGroup } = await office();
        if (o.remove) return { removed: await removeGroup(file, code, operatorName()) };
        return setGroup(file, { code, name: readName(o.name ?? code), members: o.member ?? [] }, operatorName());
      }),
    );
  at("roll-key", "sign with a new key from now on; everybody follows from the old one by itself")
    .addHelpText("after", "\nWhere the root's keys are kept offline: propose-root, sign-root, install-root.")
    .action((file: string) => answer(async () => (await office()).rollAuthorityKey(file, operatorName())));
  at("roll-certificates", "make a new certificate authority for gateways; both are trusted during the change").action(
    (file: string) => answer(async () => (await office()).rollCertificates(file, operatorName())),
  );
  at("propose-root", "write down which keys shall speak for the authority, for its offline keys to sign")
    .requiredOption("--out <file>", "where to write it, for example root-2.json")
    .option("--root-key <public...>", "public keys that change keys from then on, from: npx taroko authority root-key")
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
    .action((file: string, root: string) =>
      answer(async () => (await office()).installRoot(file, root, operatorName())),
    );
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
