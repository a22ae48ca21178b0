import {
  applicationStatus,
  applyForMembership,
  gatewayKeys,
  identifierPath,
  openOwnMembership,
  rollGatewayKey,
  type RequestContent,
} from "#exchange";
import { systemClock, type Localised } from "#kernel";
import { openDatabase } from "#store";
import { writeGatewayFile, type JoinOptions, type Joining } from "./join-country.ts";
import { memberIdOf } from "../member-path.ts";
import { granted } from "./granted.ts";
import { readGatewayFile, type ReadGatewayFile } from "./with-gateway.ts";

/** What an agency asks of the authority from a command line, signed with its gateway's key. */

function applicantOf({ file, path }: ReadGatewayFile) {
  const member = memberIdOf(file.instance, file.member);
  return {
    authorityUrl: file.authority.url,
    keysFolder: path(file.keys),
    instance: file.instance,
    gatewayId: identifierPath({ ...member, serverCode: file.serverCode }),
    clock: systemClock,
  };
}

/** Writes a gateway's file for an agency that has no invitation, makes its keys, and asks to become a member. */
export async function applyToJoin(
  joining: Omit<Joining, "token" | "registered" | "witnesses">,
  o: JoinOptions & { readonly name: Localised; readonly contact?: string | undefined },
): Promise<{ readonly file: string; readonly id: string; readonly state: string; readonly next: readonly string[] }> {
  const { file, next } = writeGatewayFile({ ...joining, witnesses: [], registered: [] }, o);
  const read = readGatewayFile(file);
  const names = read.file.subsystemNames ?? {};
  const asked = await applyForMembership(applicantOf(read), {
    kind: "member.join",
    name: o.name,
    subsystems: read.file.subsystems.flatMap((code) => (names[code] ? [{ code, name: names[code] }] : [])),
    ...(o.contact ? { contact: o.contact } : {}),
  });
  return { ...granted(asked), file, next };
}

/** Sends a request of an enrolled gateway. */
export function sendRequest(
  name: string,
  content: RequestContent,
  by: string,
): Promise<{ readonly id: string; readonly state: string }> {
  return withOwnMembership(name, async (own) => granted(await own.ask(content, by)));
}

/** How everything stands that this gateway asked, before its enrolment too. */
export async function requestStatus(name: string): Promise<readonly object[]> {
  const answer = granted(await applicationStatus(applicantOf(readGatewayFile(name))));
  return answer.requests.map(({ id, kind, state, reason, askedAt, decidedAt }) => ({
    id,
    kind,
    state,
    ...(reason ? { reason } : {}),
    askedAt,
    ...(decidedAt ? { decidedAt } : {}),
  }));
}

/** Rolls a gateway's signing key. A running gateway takes it over with the next configuration. */
export async function rollMemberKey(name: string): Promise<{ readonly keyid: string }> {
  const read = readGatewayFile(name);
  const { file } = read;
  const { authorityUrl, keysFolder, gatewayId, instance, clock } = applicantOf(read);
  const opened = openDatabase(file.database, { max: 1 });
  try {
    return await rollGatewayKey({ database: opened, authorityUrl, keysFolder, gatewayId, instance, clock });
  } finally {
    await opened.close();
  }
}

async function withOwnMembership<Value>(
  name: string,
  work: (own: ReturnType<typeof openOwnMembership>) => Promise<Value>,
): Promise<Value> {
  const read = readGatewayFile(name);
  const { file } = read;
  const applicant = applicantOf(read);
  const { signing, signingJwk: jwk } = await gatewayKeys(applicant.keysFolder);
  const database = openDatabase(file.database, { max: 1 });
  const member = memberIdOf(file.instance, file.member);
  const key = () => ({ keyid: signing.keyid, privateKey: signing.key, jwk });
  try {
    return await work(openOwnMembership({ ...applicant, database, member, key, rights: undefined }));
  } finally {
    await database.close();
  }
}
