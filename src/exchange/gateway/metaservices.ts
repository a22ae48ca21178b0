import { ok, type Result } from "#kernel";
import type { Directory } from "../configuration/directory.ts";
import type { RelayedCall } from "../r1/headers.ts";
import { identifierPath, subsystemOf, type ServiceId } from "../r1/identifier.ts";
import {
  allowedMethods,
  listMethods,
  type DirectoryClient,
  type MetaserviceAnswer,
  type PublishedService,
} from "../r1/metaservices.ts";
import type { Metaservice } from "../r1/request-target.ts";
import { callerOf } from "../rights/explain.ts";
import { localGroupsOf } from "../rights/group-store.ts";
import { concerns } from "../rights/rights.ts";
import { rightsOn } from "../rights/store.ts";
import type { GatewayContext } from "./context.ts";
import { describeService } from "./describe-service.ts";
import type { Answer, CallRefusal } from "./refusal.ts";
import { isDescribed } from "./services.ts";

/** Answers `listMethods`, `allowedMethods` and `getOpenAPI` of one of our subsystems; they need no right. */
export async function metaservice(
  context: GatewayContext,
  call: RelayedCall,
  name: Metaservice,
): Promise<Result<Answer, CallRefusal>> {
  if (name === "getOpenAPI") {
    const described = await describeService(context, call);
    return described.ok ? ok(answered(described.value)) : described;
  }
  const subsystem = subsystemOf(call.target.service);
  const provider = identifierPath(subsystem);
  const published: PublishedService[] = [];
  for (const [key, service] of context.services) {
    if (!key.startsWith(`${provider}/`)) continue;
    published.push({
      id: { ...subsystem, serviceCode: service.code },
      type: isDescribed(service) ? "OPENAPI" : "REST",
      endpoints: service.endpoints,
    });
  }
  if (name === "listMethods") return ok(answered(listMethods(published)));
  const now = context.clock.now();
  const groups = await localGroupsOf(context.database, context.memberPath, identifierPath(call.client));
  const caller = callerOf(context.directory(), call.client, groups);
  const rights = (await rightsOn(context.database, provider)).filter(
    (right) => right.state === "active" && right.validFrom <= now && now < right.validUntil && concerns(right, caller),
  );
  const rightsOf = (service: ServiceId) =>
    rights
      .filter((right) => right.serviceCode === service.serviceCode)
      .map((right) => ({ method: right.method, path: right.pathGlob }));
  return ok(answered(allowedMethods(published, rightsOf)));
}

function answered(answer: MetaserviceAnswer): Answer {
  return { status: 200, headers: [["Content-Type", answer.contentType]], body: Buffer.from(answer.body, "utf8") };
}

/** Members and subsystems of the configuration, as `listClients` shows them. The format has room for one name. */
export function clientsOf(directory: Directory): DirectoryClient[] {
  return directory.body.members.flatMap((member) => {
    const [instance = "", memberClass = "", memberCode = ""] = member.id.split("/").map(decodeURIComponent);
    const id = { instance, memberClass, memberCode };
    const name = member.name["zh-Hant"];
    return [
      { id, name },
      ...member.subsystems.map((one) => ({
        id: { ...id, subsystemCode: one.code },
        name,
        subsystemName: one.name["zh-Hant"],
      })),
    ];
  });
}
