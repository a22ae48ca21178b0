import { nameOf } from "../people.ts";
import { demoPins } from "../pins.ts";
import { faultNames, faults } from "./faults.ts";
import type { PersonaSite } from "./persona-site.ts";

/** Everything a program needs to know: what `taroko personas --json` prints and `/personas/api` answers. */
export function describeSite(site: PersonaSite): object {
  const issuer = site.provider.issuer;
  return {
    demonstration: true,
    issuer,
    discovery: `${issuer}/.well-known/openid-configuration`,
    page: `${site.origin}/personas`,
    api: `${site.origin}/personas/api`,
    cardReader: site.readerUrl,
    pins: demoPins,
    clients: site.clients.map(({ id, profile, scopes, mandates }) => ({
      client_id: id,
      profile,
      redirect_uris: "http://localhost:<any port>/<any path>",
      token_endpoint_auth_method: profile === "fapi" ? "private_key_jwt" : "none",
      ...(profile === "fapi" && { private_key_file: site.keyFile }),
      scopes: ["openid", "name", ...scopes],
      mandates,
      faults: site.switches.of(id),
    })),
    faults: faultNames.map((name) => ({ name, noticed_by: faults[name].noticed, title: faults[name].title })),
    personas: [...site.personas.values()].map(
      ({ key, nationalId, surname, givenName, birthDate, card, low, note }) => ({
        id: key,
        name: nameOf({ surname, givenName }),
        national_id: nationalId,
        birth_date: birthDate,
        card: low ? "none; signs in at the lowest level" : card,
        shows: note,
      }),
    ),
  };
}
