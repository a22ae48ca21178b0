import type { KoaContextWithOIDC } from "oidc-provider";
import { acrAtLeast } from "../assurance.ts";
import type { PersonRow } from "../store.ts";
import { ownerOf } from "./client-metadata.ts";
import type { ProviderContext } from "./context.ts";
import type { Attributes, UnavailableAttribute } from "./contract.ts";
import { pairwiseMandate, pairwiseSubject } from "./subject.ts";
import { grantOf } from "./tokens.ts";

/**
 * What is said about the person: in the ID token who signed in and for whom they act, at userinfo the attributes that the
 * person released, fetched from their registers now and forgotten.
 */
export async function claimsOf(
  context: ProviderContext,
  ctx: KoaContextWithOIDC,
  { use, scope, person }: { use: string; scope: string; person: PersonRow },
): Promise<{ sub: string; [claim: string]: unknown }> {
  const { options } = context;
  const grantId = ctx.oidc.grant?.jti;
  const found = await grantOf(context, grantId);
  const owner = ownerOf(ctx.oidc.client);
  const claims: Record<string, unknown> = {
    name: person.name,
    ...(found?.party && {
      representing: {
        party: pairwiseSubject(options.sectorKey, owner, found.party.personId),
        name: found.party.name,
        kind: found.party.kind,
        mandate: pairwiseMandate(options.sectorKey, owner, found.row.mandate ?? ""),
        scopes: found.party.scopes,
        valid_to: found.party.validTo,
      },
    }),
  };
  const asked = new Set(scope.split(" "));
  const wanted = options.catalogue.filter((attribute) => asked.has(attribute.scope));
  if (use === "userinfo" && wanted.length > 0 && found && grantId) {
    const { values, unavailable } = await attributesFor(context, ctx, { wanted, person, found: found.row });
    Object.assign(claims, values, unavailable.length > 0 ? { unavailable } : {});
  }
  return { ...claims, sub: person.id };
}

async function attributesFor(
  context: ProviderContext,
  ctx: KoaContextWithOIDC,
  o: {
    wanted: ProviderContext["options"]["catalogue"];
    person: PersonRow;
    found: { id: Buffer; at: Date; expires_at: Date; scopes: readonly string[]; acr: string };
  },
): Promise<Attributes> {
  const { options } = context;
  // In production only a real client learns of real people; a sandbox client's people are invented.
  const real = ctx.oidc.client?.["taroko_environment"] === "production" || options.demonstration;
  const refused = (scope: string): UnavailableAttribute["reason"] | undefined => {
    const attribute = o.wanted.find((one) => one.scope === scope);
    if (!real || !o.found.scopes.includes(scope)) return "not-allowed";
    return acrAtLeast(o.found.acr, attribute?.minAcr) ? undefined : "level-too-low";
  };
  const allowed = o.wanted.filter(({ scope }) => refused(scope) === undefined);
  const fetched = await options.fetchAttributes({
    personId: o.person.id,
    attributes: allowed,
    agreement: { id: o.found.id.toString("hex"), at: o.found.at, expiresAt: o.found.expires_at },
  });
  return {
    values: fetched.values,
    unavailable: [
      ...o.wanted.flatMap(({ scope }) => {
        const reason = refused(scope);
        return reason ? [{ scope, reason }] : [];
      }),
      ...fetched.unavailable,
    ],
  };
}
