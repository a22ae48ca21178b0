import { err, ok, type Result } from "#kernel";
import { wholeOf, type Content } from "../body/content.ts";
import { compileContract, maxCheckedBody, type Contract, type ContractMode } from "../contract-check/contract.ts";
import { countKinds, toldViolations, type Violation } from "../contract-check/violation.ts";
import type { Passage } from "../operation/record.ts";
import type { RelayedCall } from "../r1/headers.ts";
import { identifierPath } from "../r1/identifier.ts";
import type { AccessRight } from "../rights/right.ts";
import type { GatewayContext, GatewayLogger } from "./context.ts";
import { atProvider, type Answer, type CallRefusal } from "./refusal.ts";
import type { ServiceDeclaration } from "./services.ts";

/** Compiled once for each service; `undefined` for a description that cannot be used. */
const compiled = new WeakMap<ServiceDeclaration, Contract | undefined>();

/**
 * Compiles a service's description before the first call, so that its faults show at start.
 * @throws `service-declaration` when it should be enforced and cannot be, or can only in part
 */
export function prepareContract(path: string, service: ServiceDeclaration, logger: GatewayLogger): void {
  const { contract: mode = "off" } = service;
  if (mode === "off") return;
  const read = service.openapi ? compileContract(service.openapi) : undefined;
  compiled.set(service, read?.ok ? read.value : undefined);
  const findings = !read
    ? ["there is no description"]
    : read.ok
      ? read.value.findings.map(worded)
      : [worded(read.error)];
  if (findings.length === 0) return;
  if (mode === "enforce") {
    const text = `service ${path} cannot enforce its description: ${findings.join("; ")}`;
    throw Object.assign(new Error(text), { code: "service-declaration" });
  }
  logger.warn({ service: path, findings }, "parts of a description cannot be checked");
}

function worded({ code, at }: { readonly code: string; readonly at: string }): string {
  return `${code} at ${at || "the top"}`;
}

function contractOf(service: ServiceDeclaration): Contract | undefined {
  if (!compiled.has(service)) {
    const read = service.openapi ? compileContract(service.openapi) : undefined;
    compiled.set(service, read?.ok ? read.value : undefined);
  }
  return compiled.get(service);
}

/** The stricter of what the service and the right ask for. */
function modeOf(service: ServiceDeclaration, right: Pick<AccessRight, "payloadCheck">): ContractMode {
  const asked = [service.contract ?? "off", right.payloadCheck ?? "off"];
  return asked.includes("enforce") ? "enforce" : asked.includes("report") ? "report" : "off";
}

/** The check of one call, or nothing where none is asked for. */
export interface ContractCheck {
  /** Kinds of breach and how often, so far: for the record. */
  readonly breaches: Readonly<Record<string, number>>;
  request(body: Content): Promise<Result<"passed", CallRefusal>>;
  response(answer: Answer): Promise<Result<"passed", CallRefusal>>;
}

export function openContractCheck(
  context: Pick<GatewayContext, "logger">,
  call: RelayedCall,
  { service, right }: { readonly service: ServiceDeclaration; readonly right: AccessRight },
  passage: Pick<Passage, "known">,
): ContractCheck | undefined {
  const mode = modeOf(service, right);
  if (mode === "off") return undefined;
  const contract = contractOf(service);
  const breaches: Record<string, number> = {};
  const asked = { method: call.method, servicePath: call.target.servicePath, query: call.target.query };

  function judge(part: "request" | "response", found: readonly Violation[]): Result<"passed", CallRefusal> {
    if (found.length === 0) return ok("passed");
    const kinds = countKinds(part, found);
    Object.assign(breaches, kinds);
    passage.known({ contractBroken: mode === "enforce" ? mode : "report" });
    context.logger.warn({ service: identifierPath(call.target.service), mode, kinds }, "a call breaks its description");
    if (mode === "report") return ok("passed");
    return err(
      part === "request"
        ? atProvider("request-invalid", "invalid_body", "The request does not fit the service's description", {
            violations: toldViolations(found),
            breaches,
          })
        : atProvider("response-invalid", "service_failed", "The service's answer does not fit its description", {
            breaches,
          }),
    );
  }

  return {
    breaches,
    async request(body) {
      // A right can ask for a check that the service has no description for: nothing fits it then.
      if (!contract) return judge("request", [{ in: "operation", pointer: "", rule: "description" }]);
      return judge(
        "request",
        contract.checkRequest({ ...asked, headers: call.headers, body: await wholeOf(body, maxCheckedBody) }),
      );
    },
    async response({ status, headers, body }) {
      if (!contract) return ok("passed");
      return judge(
        "response",
        contract.checkResponse(asked, { status, headers, body: await wholeOf(body, maxCheckedBody) }),
      );
    },
  };
}
