import type { XmlElement } from "libxml2-wasm";
import { must, Refused } from "./findings.ts";
import { childrenNamed, elements, isNamed, onlyChild, withXml } from "./xml.ts";

/** A message as far as it says who sent it. Members in path form. */
export interface ReadMessage {
  readonly kind: "rest-request" | "rest-response" | "soap-request" | "soap-response";
  readonly client: string;
  readonly service: string;
  readonly id: string;
  /** Of a REST message: the first line's parts and the headers, as they stand. */
  readonly rest?: RestHead;
}

export interface RestHead {
  /** Method and raw target, or status and reason. */
  readonly first: string;
  readonly second: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const soap = "http://schemas.xmlsoap.org/soap/envelope/";
const xroad = "http://x-road.eu/xsd/xroad.xsd";
const identifiers = "http://x-road.eu/xsd/identifiers";

/** Reads `message.xml`: the header part of a REST message (r1), or a SOAP envelope. @throws `message-malformed` */
export function readMessage(bytes: Buffer): ReadMessage {
  const start = bytes
    .subarray(0, 200)
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  return start.startsWith("<") ? withXml(bytes, "message.xml", readSoap) : readRest(bytes);
}

function readRest(bytes: Buffer): ReadMessage {
  const rest = readHead(bytes);
  const one = (name: string): string => {
    const found = rest.headers.filter(([key]) => key.toLowerCase() === name);
    must(found.length === 1, "message-malformed", `${found.length} headers ${name}`);
    return found[0]![1];
  };
  const response = /^\d{3}$/.test(rest.first);
  return {
    kind: response ? "rest-response" : "rest-request",
    client: one("x-road-client"),
    service: response ? one("x-road-service") : serviceOf(rest.second),
    id: one("x-road-id"),
    rest,
  };
}

/**
 * The header part: two lines, then headers, each ended by CR LF. `latin1` gives values as they crossed the wire.
 * @throws `message-malformed`
 */
export function readHead(bytes: Buffer, encoding: "utf8" | "latin1" = "utf8"): RestHead {
  const text = bytes.toString(encoding);
  const lines = text.split("\r\n");
  must(lines.length > 2 && lines.at(-1) === "" && !/[\r\n]/.test(lines.join("")), "message-malformed", "lines");
  const [first = "", second = ""] = lines;
  const headers = lines.slice(2, -1).map((line) => {
    const colon = line.indexOf(":");
    must(colon > 0, "message-malformed", "a header without a name");
    return [line.slice(0, colon), line.slice(colon + 1)] as const;
  });
  return { first, second, headers };
}

/** `/r1/TW/GOV/code/subsystem/service/…` → `TW/GOV/code/subsystem/service`, percent-encoding left as it is. */
function serviceOf(target: string): string {
  const [path = ""] = target.split("?");
  const [empty, version, ...parts] = path.split("/");
  must(empty === "" && /^r\d$/.test(version ?? "") && parts.length >= 5, "message-malformed", "the request line");
  return parts.slice(0, 5).join("/");
}

function readSoap(envelope: XmlElement): ReadMessage {
  must(isNamed(envelope, soap, "Envelope"), "message-malformed", envelope.name);
  const header = onlyChild(envelope, soap, "Header", "message-malformed");
  const body = onlyChild(envelope, soap, "Body", "message-malformed");
  const path = (name: string): string => {
    const element = onlyChild(header, xroad, name, "message-malformed");
    return elements(element)
      .filter(({ namespaceUri, name: part }) => namespaceUri === identifiers && part !== "serviceVersion")
      .map(({ content }) => content.trim())
      .join("/");
  };
  const answered =
    childrenNamed(header, xroad, "requestHash").length > 0 || elements(body)[0]?.name.endsWith("Response") === true;
  const service = path("service");
  if (service === "") throw new Refused("message-malformed", "no service");
  return {
    kind: answered ? "soap-response" : "soap-request",
    client: path("client"),
    service,
    id: onlyChild(header, xroad, "id", "message-malformed").content.trim(),
  };
}

/** The member that signs such a message. */
export function senderOf(message: ReadMessage): string {
  const path = message.kind.endsWith("response") ? message.service : message.client;
  return path.split("/").slice(0, 3).join("/");
}
