import { STATUS_CODES } from "node:http";
import { Agent } from "undici";
import { err, ok, readUpTo, type Result } from "#kernel";
import type { RelayedCall } from "../r1/headers.ts";
import { identifierPath, identifierText, type ServiceId } from "../r1/identifier.ts";
import type { MetaserviceAnswer } from "../r1/metaservices.ts";
import { askedService, maxFetched, passedOn, withoutHosts } from "../r1/open-api.ts";
import type { GatewayContext } from "./context.ts";
import { atProvider, type CallRefusal } from "./refusal.ts";

const agent = new Agent({ connect: { timeout: 5000 }, headersTimeout: 15_000, bodyTimeout: 15_000 });

/**
 * `getOpenAPI`: the description of one of our services, from its declaration or asked of the service's own system now.
 * Clients in production compare the texts of its refusals; they are the ones deployed servers give, without a host.
 */
export async function describeService(
  context: Pick<GatewayContext, "services">,
  call: RelayedCall,
): Promise<Result<MetaserviceAnswer, CallRefusal>> {
  const wanted = askedService(call.target.query);
  if (!wanted) return err(atProvider("call-malformed", "invalid_request", "Missing serviceCode in message body"));
  const id: ServiceId = { ...call.target.service, serviceCode: wanted };
  const service = context.services.get(identifierPath(id));
  if (!service) {
    return err(atProvider("service-unknown", "internal_error", `Service not found: ${identifierText(id)}`));
  }
  if (service.openapiUrl !== undefined) return fetched(service.openapiUrl);
  if (!service.openapi) return err(atProvider("call-malformed", "internal_error", "Invalid service type: REST"));
  return ok({ contentType: "application/json", body: JSON.stringify(withoutHosts(service.openapi)) });
}

async function fetched(address: string): Promise<Result<MetaserviceAnswer, CallRefusal>> {
  const { origin, pathname, search } = new URL(address);
  const path = `${pathname}${search}`;
  const refused = (message: string, inside?: string): Result<never, CallRefusal> =>
    err(atProvider("description-unavailable", "internal_error", message, inside === undefined ? {} : { inside }));
  try {
    const answer = await agent.request({
      origin,
      path,
      method: "GET",
      headers: { accept: "application/json, application/x-yaml, */*" },
    });
    if (answer.statusCode !== 200) {
      await answer.body.dump({ limit: 1024 });
      const { statusCode } = answer;
      const reason = STATUS_CODES[statusCode] ?? "";
      return refused(`Failed reading service description from ${path}. Status: ${statusCode} Reason: ${reason}`);
    }
    const body = await readUpTo(answer.body, maxFetched);
    if (!body) return refused(`Failed overwriting origin URL for the openapi servers for ${path}`, "too large");
    const type = answer.headers["content-type"];
    const given = passedOn(Buffer.from(body).toString("utf8"), Array.isArray(type) ? type[0] : type, pathname);
    return given.ok ? given : refused(given.error);
  } catch (cause) {
    return err(
      atProvider("description-unavailable", "network_error", "The provider's information system does not answer", {
        inside: String(cause),
      }),
    );
  }
}
