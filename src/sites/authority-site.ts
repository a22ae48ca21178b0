import {
  authorityRoutes,
  openAuthority,
  type Authority,
  type AuthorityOptions,
  type MemberRegistration,
} from "#exchange";
import { listen } from "#http";
import { openDatabase } from "#store";
import type { ListenOptions, Site } from "./site.ts";

export interface AuthoritySiteOptions extends Omit<AuthorityOptions, "database"> {
  readonly databaseUrl: string;
  readonly listen: ListenOptions;
  readonly members: readonly MemberRegistration[];
}

/** Runs the authority: register of members, certificate authority, signed configuration. It is in no call's path. */
export async function startAuthoritySite(options: AuthoritySiteOptions): Promise<Site & { authority: Authority }> {
  const { databaseUrl, members, listen: where, ...rest } = options;
  const database = openDatabase(databaseUrl, { max: 4 });
  const authority = await openAuthority({ ...rest, database });
  for (const member of members) {
    const registered = await authority.registerMember(member);
    if (!registered.ok)
      throw Object.assign(new Error(`cannot register ${member.id.memberCode}: ${registered.error.code}`), {
        code: registered.error.code,
      });
  }
  const server = await listen(authorityRoutes(authority), where);
  return {
    name: "authority",
    url: server.url,
    authority,
    close: async () => {
      await server.close();
      await authority.close();
      await database.close();
    },
  };
}
