import type { Sql } from "#store";
import type { RegisteredMember } from "../configuration/configuration.ts";
import { identifierPath, isRegistrableCode, parseClientPath, parseServerPath } from "../r1/identifier.ts";
import * as register from "../authority/store.ts";
import type { ExchangeProblem } from "../problems.ts";
import type { RequestRow } from "./store.ts";

/** Why an approved request cannot be carried out as the register stands. */
export type ApplyFault = Extract<
  ExchangeProblem,
  "register-conflict" | "subsystem-in-use" | "unknown-member" | "request-refused"
>;

/** What the register does with a change, so that each has its entry. */
export interface Register {
  /** Writes a member with its subsystems, with the entry of the log. */
  putMember(tx: Sql, member: RegisteredMember): Promise<"done" | "taken">;
  retireGateway(tx: Sql, path: string): Promise<boolean>;
  leave(tx: Sql, member: string): Promise<boolean>;
}

/**
 * Carries an approved request out: one change of the register each. Answers why not, and has then changed nothing that
 * the caller's transaction must keep.
 */
export async function applyRequest(tx: Sql, to: Register, request: RequestRow): Promise<ApplyFault | undefined> {
  const { content, member } = request;
  if (content.kind === "service.announce" || content.kind === "gateway.add") return undefined;
  if (content.kind === "member.join") return join(tx, to, request, content);
  const before = await register.memberRow(tx, member);
  if (!before) return "unknown-member";
  const put = async (next: Partial<RegisteredMember>): Promise<ApplyFault | undefined> =>
    (await to.putMember(tx, { ...before, ...next })) === "taken" ? "register-conflict" : undefined;
  switch (content.kind) {
    case "member.rename":
      return put({ name: content.name });
    case "subsystem.add": {
      const { code, name } = content;
      if (!isRegistrableCode(code)) return "request-refused";
      if (before.subsystems.some((one) => one.code.toLowerCase() === code.toLowerCase())) return "register-conflict";
      return put({ subsystems: [...before.subsystems, { code, name }] });
    }
    case "subsystem.rename": {
      const { code, name } = content;
      if (!before.subsystems.some((one) => one.code === code)) return "request-refused";
      return put({ subsystems: before.subsystems.map((one) => (one.code === code ? { code, name } : one)) });
    }
    case "subsystem.remove": {
      if (!before.subsystems.some((one) => one.code === content.code)) return "request-refused";
      const path = below(member, content.code);
      const gateways = await register.gatewayRows(tx);
      if (gateways.some((gateway) => gateway.clients.includes(path))) return "subsystem-in-use";
      return put({ subsystems: before.subsystems.filter((one) => one.code !== content.code) });
    }
    case "gateway.retire":
      return (await to.retireGateway(tx, below(member, content.serverCode))) ? undefined : "request-refused";
    case "member.leave":
      return (await to.leave(tx, member)) ? undefined : "unknown-member";
    case "right.ask":
      return "request-refused"; // the provider decides, not the registrar
  }
}

/** Path form of a member's subsystem or gateway. */
function below(member: string, subsystemCode: string): string {
  const id = parseClientPath(member);
  return id.ok ? identifierPath({ ...id.value, subsystemCode }) : "";
}

async function join(
  tx: Sql,
  to: Register,
  request: RequestRow,
  content: Extract<RequestRow["content"], { kind: "member.join" }>,
): Promise<ApplyFault | undefined> {
  const id = parseServerPath(request.gateway);
  const codes = id.ok
    ? [id.value.memberClass, id.value.memberCode, id.value.serverCode, ...content.subsystems.map((one) => one.code)]
    : [""];
  if (!codes.every((code) => isRegistrableCode(code))) return "request-refused";
  if (id.ok && identifierPath(id.value) !== request.gateway) return "request-refused";
  const folded = new Set(content.subsystems.map((one) => one.code.toLowerCase()));
  if (folded.size !== content.subsystems.length) return "register-conflict";
  if (await register.memberRow(tx, request.member)) return "register-conflict";
  const done = await to.putMember(tx, { id: request.member, name: content.name, subsystems: content.subsystems });
  return done === "taken" ? "register-conflict" : undefined;
}
