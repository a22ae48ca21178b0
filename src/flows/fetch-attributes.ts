import { signConsentToken } from "#exchange";
import {
  nationalIdOf,
  type AnsweredAttribute,
  type Attribute,
  type Attributes,
  type AttributeWish,
  type UnavailableAttribute,
} from "#identity";
import type { JsonValue } from "#kernel";
import { servicePath } from "./agreement.ts";
import { callService } from "./call-service.ts";
import type { Portal } from "./portal.ts";

/** How long a source that failed is best left alone. Seconds. */
const retryAfter = 30;
const tokenLifeMs = 60_000;

/**
 * Fetches what a person released to a relying party from the registers, each asked once and all at the same time, under
 * the person's agreement. Nothing is kept. A source that fails takes only its own attributes with it.
 */
export async function fetchAttributes(
  portal: Pick<Portal, "country" | "clock" | "identity" | "gateway" | "member" | "consentKey">,
  wish: AttributeWish,
): Promise<Attributes> {
  const sources = Map.groupBy(
    wish.attributes,
    ({ source }) => `${servicePath(portal.country, source)} ${source.purpose}`,
  );
  const answers = await Promise.all([...sources.values()].map((attributes) => askSource(portal, wish, attributes)));
  return {
    values: Object.assign({}, ...answers.map(({ values }) => values)) as Attributes["values"],
    unavailable: answers.flatMap(({ unavailable }) => unavailable),
  };
}

async function askSource(
  { country, clock, identity, gateway, member, consentKey }: Parameters<typeof fetchAttributes>[0],
  { personId, agreement }: AttributeWish,
  attributes: readonly Attribute[],
): Promise<Attributes> {
  const { source } = attributes[0]!;
  const service = servicePath(country, source);
  const fields = [...new Set(attributes.flatMap((attribute) => attribute.source.fields))];
  const nationalId = await nationalIdOf(identity, personId);
  const now = clock.now();
  const consentToken = await signConsentToken(
    {
      issuer: member,
      consentId: agreement.id,
      services: [`SERVICE:${service}`],
      subject: nationalId,
      purpose: source.purpose,
      legalBasis: source.legalBasis,
      fields,
      notBefore: agreement.at,
      expires: new Date(Math.min(agreement.expiresAt.getTime(), now.getTime() + tokenLifeMs)),
    },
    consentKey,
  );
  const answer = await callService(gateway, {
    service,
    path: "/v1/lookup",
    body: { [source.key]: nationalId },
    purpose: source.purpose,
    legalBasis: source.legalBasis,
    consentToken,
  });
  if (!answer.ok) {
    const unavailable = attributes.map(({ scope }): UnavailableAttribute =>
      answer.error.code === "source-refused"
        ? { scope, reason: "not-allowed" }
        : { scope, reason: "source-unavailable", retry_after: retryAfter },
    );
    return { values: {}, unavailable };
  }
  const row = rowOf(answer.value.body);
  const values: Record<string, AnsweredAttribute> = {};
  const unavailable: UnavailableAttribute[] = [];
  for (const attribute of attributes) {
    const { scope, sensitivity } = attribute;
    const found = row && attribute.value(row);
    if (found === undefined) unavailable.push({ scope, reason: "no-data" });
    else
      values[scope] = {
        ...found,
        source: "1",
        source_register: service,
        last_updated: now.toISOString(),
        classification: sensitivity,
      };
  }
  return { values, unavailable };
}

function rowOf(body: JsonValue): Readonly<Record<string, unknown>> | undefined {
  return typeof body === "object" && body !== null && !Array.isArray(body)
    ? (body as Readonly<Record<string, unknown>>)
    : undefined;
}
