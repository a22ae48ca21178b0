import { identifierPath, parseClientPath, type ClientId } from "#exchange";
import { taiwan } from "#countries/taiwan";

/**
 * The client of `--allow`. One that the demonstration does not have is refused at once: as a right it would be given and
 * nobody would ever call by it.
 * @throws with what there is
 */
export function allowedClient(text: string): ClientId {
  const known = taiwan.agencies.flatMap((agency) =>
    agency.subsystems.map(({ code }) => `${taiwan.instance}/${agency.memberClass}/${agency.memberCode}/${code}`),
  );
  const client = parseClientPath(text);
  if (client.ok && known.includes(identifierPath(client.value))) return client.value;
  throw new Error(`--allow ${text} names no system of the demonstration; there are ${known.join(", ")}`);
}
