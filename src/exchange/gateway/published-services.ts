import { identifierPath } from "../r1/identifier.ts";
import { isReservedServiceCode } from "../r1/request-target.ts";
import { checkPolicy } from "../evidence-export/keep.ts";
import { prepareContract } from "./check-contract.ts";
import { silentLogger, type GatewayContext } from "./context.ts";
import type { GatewayOptions } from "./face.ts";
import type { ServiceDeclaration } from "./services.ts";
import { findUsageService } from "./usage.ts";

/**
 * Everything a gateway publishes, by path: what is declared, the rooms' services and the built-in ones.
 * @throws `service-declaration`
 */
export function servicesOf(
  o: GatewayOptions,
  ofRooms: readonly ServiceDeclaration[],
  context: () => GatewayContext,
): ReadonlyMap<string, ServiceDeclaration> {
  const services = new Map<string, ServiceDeclaration>();
  const builtIn = o.subsystems.map((code) => findUsageService(code, context));
  for (const service of [...o.services, ...ofRooms, ...builtIn]) {
    const key = identifierPath({ ...o.member, subsystemCode: service.subsystem, serviceCode: service.code });
    const wrong = isReservedServiceCode(service.code)
      ? "is a reserved service code"
      : !o.subsystems.includes(service.subsystem)
        ? "is of a subsystem that this gateway does not serve"
        : services.has(key)
          ? "is declared twice"
          : "url" in service.target && /[?#]/.test(service.target.url)
            ? "has an address with a query"
            : undefined;
    if (wrong) throw Object.assign(new Error(`service ${key} ${wrong}`), { code: "service-declaration" });
    if (service.keepMessages) checkPolicy(service.keepMessages);
    prepareContract(key, service, o.logger ?? silentLogger);
    services.set(key, service);
  }
  return services;
}
