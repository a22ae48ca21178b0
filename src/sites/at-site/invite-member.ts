import { writeFileSync } from "node:fs";
import { identifierPath } from "#exchange";
import type { Localised } from "#kernel";
import type { InvitationFile } from "../invitation-file.ts";
import { readMemberPath } from "../member-path.ts";
import { withAuthority } from "./with-authority.ts";

export interface InviteOptions {
  /** Registers the member under this name if it is none yet. */
  readonly name?: Localised | undefined;
  readonly days?: number | undefined;
  /** Who invites. */
  readonly by?: string | undefined;
  /** Writes the invitation file here, readable for its owner only. */
  readonly out?: string | undefined;
}

export interface Invited {
  readonly invitation: string;
  readonly anchor: string;
  readonly id: string;
  readonly expires: string;
}

/** Makes the one-time invitation that a member's gateway needs for its first start. */
export function inviteMember(name: string, memberPath: string, o: InviteOptions = {}): Promise<Invited> {
  return withAuthority(name, async (authority, { file }) => {
    const id = readMemberPath(memberPath, file.instance);
    const path = identifierPath(id);
    const find = async () => (await authority.members()).find((one) => one.id === path);
    if (o.name && !(await find())) {
      const registered = await authority.registerMember({ id, name: o.name, subsystems: [] });
      if (!registered.ok) throw refused(`${memberPath} cannot be registered`, registered.error.code);
    }
    const invited = await authority.invite(id, {
      by: o.by ?? "cli",
      ...(o.days === undefined ? {} : { days: o.days }),
    });
    const member = await find();
    if (!invited.ok || !member)
      throw refused(
        `${memberPath} is no registered member: give its name (--name), or add it to ${name}`,
        "unknown-member",
      );
    const { trusted } = await authority.root();
    const expires = invited.value.expires.toISOString();
    if (o.out !== undefined) {
      const invitation: InvitationFile = {
        taroko: "invitation",
        v: 1,
        instance: file.instance,
        member: { memberClass: id.memberClass, memberCode: id.memberCode, name: member.name },
        subsystems: member.subsystems,
        authority: {
          url: file.url ?? `http://${file.listen.host}:${file.listen.port}`,
          anchor: authority.anchor,
          ...(file.mirrors.length > 0 ? { mirrors: file.mirrors } : {}),
          root: { version: trusted.body.version, digest: trusted.digest },
        },
        witnesses: file.witnesses,
        id: invited.value.id,
        token: invited.value.invitation,
        expires,
      };
      writeFileSync(o.out, `${JSON.stringify(invitation, null, 2)}\n`, { mode: 0o600 });
    }
    return { invitation: invited.value.invitation, anchor: authority.anchor, id: invited.value.id, expires };
  });
}

function refused(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
