/**
 * What operational monitoring keeps of one call at one gateway, in the names of X-Road's operational monitoring protocol
 * (PR-OPMON 1.4); members that do not apply are absent. Times are milliseconds since 1970, sizes bytes. `restPath` is the
 * endpoint of the right, never the path with its parameters; no member names a person.
 */
export interface OperationalRecord {
  /** Seconds since 1970. */
  readonly monitoringDataTs: number;
  readonly securityServerType: "Client" | "Producer";
  readonly requestInTs: number;
  readonly requestOutTs?: number;
  readonly responseInTs?: number;
  readonly responseOutTs: number;
  readonly clientXRoadInstance?: string;
  readonly clientMemberClass?: string;
  readonly clientMemberCode?: string;
  readonly clientSubsystemCode?: string;
  readonly serviceXRoadInstance?: string;
  readonly serviceMemberClass?: string;
  readonly serviceMemberCode?: string;
  readonly serviceSubsystemCode?: string;
  readonly serviceCode?: string;
  readonly serviceType?: "REST" | "OPENAPI3";
  readonly restMethod?: string;
  readonly restPath?: string;
  readonly messageId?: string;
  readonly messageProtocolVersion?: "1";
  readonly xRequestId?: string;
  readonly clientSecurityServerAddress?: string;
  readonly serviceSecurityServerAddress?: string;
  readonly requestSize?: number;
  readonly responseSize?: number;
  readonly requestAttachmentCount: 0;
  readonly responseAttachmentCount: 0;
  readonly succeeded: boolean;
  readonly statusCode: number;
  readonly faultCode?: string;
  readonly faultString?: string;
  /** Further members, ours: which right, or the problem type of the refusal, and the configuration that was followed. */
  readonly rightId?: string;
  readonly decision?: string;
  readonly configVersion?: number;
  /** The call broke its service's description: let pass and reported, or refused. */
  readonly contractBroken?: "report" | "enforce";
}

/** What becomes known of a call on its way. Identifiers in path form. */
export interface Known {
  readonly client: string;
  readonly service: string;
  readonly serviceType: "REST" | "OPENAPI3";
  readonly method: string;
  readonly endpoint: string;
  readonly messageId: string;
  readonly requestId: string;
  readonly clientAddress: string;
  readonly serviceAddress: string;
  readonly requestSize: number;
  readonly rightId: string;
  readonly configVersion: number;
  readonly contractBroken: "report" | "enforce";
}

/** This gateway's own refusal: its r1 type, its sentence, and the problem type. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly problem: string;
}

/** How a call ended at this gateway. */
export interface Passed {
  readonly status: number;
  readonly responseSize?: number;
  readonly fault?: Fault | undefined;
}

/** One call on its way through this gateway, observed. What is never ended is never counted. */
export interface Passage {
  known(what: Partial<Known>): void;
  /** The request leaves for the next hop. */
  requestOut(): void;
  /** The next hop's answer has begun. */
  responseIn(): void;
  refused(fault: Fault): void;
  end(how: { readonly status: number; readonly responseSize?: number }): void;
}

/** Cut where the protocol cuts, and without what no text of a database can hold: a caller may have escaped a NUL. */
const text = (value: string | undefined, limit = 255): string | undefined =>
  value?.slice(0, limit).replaceAll("\0", "\ufffd").toWellFormed();

/** Makes the record of a call that has ended. Pure. */
export function recordOf(
  side: OperationalRecord["securityServerType"],
  times: { readonly in: number; readonly out?: number; readonly back?: number; readonly done: number },
  known: Partial<Known>,
  how: Passed,
): OperationalRecord {
  const [instance, memberClass, memberCode, subsystem] = parts(known.client);
  const [providerInstance, providerClass, providerCode, providerSubsystem, serviceCode] = parts(known.service);
  const record: { readonly [Key in keyof OperationalRecord]: OperationalRecord[Key] | undefined } = {
    monitoringDataTs: Math.floor(times.done / 1000),
    securityServerType: side,
    requestInTs: times.in,
    requestOutTs: times.out,
    responseInTs: times.back,
    responseOutTs: times.done,
    clientXRoadInstance: instance,
    clientMemberClass: memberClass,
    clientMemberCode: memberCode,
    clientSubsystemCode: subsystem,
    serviceXRoadInstance: providerInstance,
    serviceMemberClass: providerClass,
    serviceMemberCode: providerCode,
    serviceSubsystemCode: providerSubsystem,
    serviceCode,
    serviceType: known.serviceType,
    restMethod: text(known.method),
    restPath: text(known.endpoint),
    messageId: text(known.messageId),
    messageProtocolVersion: known.service === undefined ? undefined : "1",
    xRequestId: known.requestId,
    clientSecurityServerAddress: known.clientAddress,
    serviceSecurityServerAddress: known.serviceAddress,
    requestSize: known.requestSize,
    responseSize: how.responseSize,
    requestAttachmentCount: 0,
    responseAttachmentCount: 0,
    succeeded: how.status < 400,
    statusCode: how.status,
    faultCode: text(how.fault?.code),
    faultString: text(how.fault?.message, 2048),
    rightId: known.rightId,
    decision: how.fault?.problem,
    configVersion: known.configVersion,
    contractBroken: known.contractBroken,
  };
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as unknown as OperationalRecord;
}

/** Who called, in path form; `?` when nobody could read it. */
export function callerPath(record: OperationalRecord): string {
  const { clientXRoadInstance, clientMemberClass, clientMemberCode, clientSubsystemCode } = record;
  return pathOf([clientXRoadInstance, clientMemberClass, clientMemberCode, clientSubsystemCode]);
}

/** Whose service was called, in path form, or `?`. */
export function providerPath(record: OperationalRecord): string {
  return pathOf(providerParts(record));
}

/** What was called, in path form, or `?`. */
export function servicePath(record: OperationalRecord): string {
  return pathOf([...providerParts(record), record.serviceCode]);
}

function providerParts(record: OperationalRecord): readonly (string | undefined)[] {
  const { serviceXRoadInstance, serviceMemberClass, serviceMemberCode, serviceSubsystemCode } = record;
  return [serviceXRoadInstance, serviceMemberClass, serviceMemberCode, serviceSubsystemCode];
}

function pathOf(given: readonly (string | undefined)[]): string {
  const known = given.filter((part) => part !== undefined);
  return known.map(encodeURIComponent).join("/") || "?";
}

function parts(path: string | undefined): (string | undefined)[] {
  return path === undefined ? [] : path.split("/").map((part) => text(decodeURIComponent(part)));
}
