import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { headerPairs, type RawHeaders } from "./r1/headers.ts";

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly text: string;
}

/** What is sent, letter for letter. */
export interface WireCall {
  readonly method?: string;
  readonly target: string;
  /** In this order and spelling; a `Host` is added. */
  readonly headers?: RawHeaders;
  readonly body?: string;
  /** Of a TLS client. */
  readonly tls?: { readonly key?: string; readonly cert?: string };
}

/** A plain client: nothing is added, decoded or followed. */
export function sendRaw(
  url: string,
  { method = "GET", target, headers = [], body, tls }: WireCall,
): Promise<WireAnswer> {
  const { hostname, port, protocol } = new URL(url);
  const length: RawHeaders = body === undefined ? [] : [["Content-Length", String(Buffer.byteLength(body))]];
  const flat = [...headers, ...length, ["Host", "127.0.0.1"]].flat();
  const options: RequestOptions = { hostname, port, path: target, method, headers: flat, agent: false };
  return new Promise((done, fail) => {
    const heard = (answer: IncomingMessage): void => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", fail);
      answer.on("end", () =>
        done({
          status: answer.statusCode ?? 0,
          headers: headerPairs(answer.rawHeaders),
          text: Buffer.concat(parts).toString(),
        }),
      );
    };
    const asked =
      protocol === "https:"
        ? httpsRequest({ ...options, ...tls, rejectUnauthorized: false }, heard)
        : httpRequest(options, heard);
    asked.on("error", fail);
    asked.end(body);
  });
}

/** Sends bytes that no client library would send; gives everything that came back. */
export function sendBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    let heard = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes, "latin1"));
    socket.setTimeout(3000, () => socket.destroy());
    socket.on("data", (part: Buffer) => (heard += part.toString("latin1")));
    socket.on("error", fail);
    socket.on("close", () => done(heard));
  });
}
