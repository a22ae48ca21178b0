import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { inMemory, lengthOf, saidLength } from "../body/content.ts";
import { flatHeaders, headerPairs, type RawHeaders } from "../r1/headers.ts";
import type { Answer } from "./refusal.ts";

/** How long the rest of a body that nobody wants may still come in, so that its sender gets to read the answer. */
const lingerMs = 2000;
/** Bytes that the server may read and drop of its own accord before the next message on the connection. */
const droppedQuietly = 64 * 1024;

/** Sends an answer; resolves when the last of it is on its way, since its body may lie in a file until then. */
export async function sendAnswer(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): Promise<void> {
  const { body } = answer;
  const bodiless = answer.status === 204 || answer.status === 304 || answer.status < 200;
  const headers: [string, string][] = answer.headers.map(([name, value]) => [name, value]);
  if (!bodiless && !(incoming.method === "HEAD" && lengthOf(body) === 0)) {
    headers.push(["Content-Length", String(lengthOf(body))]);
  }
  const isUnread = hasUnread(incoming);
  if (isUnread) headers.push(["Connection", "close"]);
  outgoing.writeHead(answer.status, flatHeaders(headers));
  if (!bodiless && !inMemory(body)) return pipeline(body.read(), outgoing);
  if (!isUnread) {
    outgoing.end(bodiless ? undefined : body);
    return;
  }
  // Closing now, with bytes of the body on their way, would reset the connection before the answer is read.
  if (!bodiless && inMemory(body)) outgoing.write(body);
  await rest(incoming);
  outgoing.end();
}

function hasUnread(incoming: IncomingMessage): boolean {
  const rawHeaders: RawHeaders = headerPairs(incoming.rawHeaders);
  const framed = saidLength(rawHeaders) ?? (incoming.headers["transfer-encoding"] === undefined ? 0 : Infinity);
  return !incoming.complete && framed > droppedQuietly;
}

function rest(incoming: IncomingMessage): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, lingerMs);
    const end = (): void => {
      clearTimeout(timer);
      done();
    };
    incoming.once("end", end).once("close", end).once("error", end).resume();
  });
}

const workingMs = 20_000;

/**
 * Tells a peer every twenty seconds that its call is being worked on (102, RFC 2518), since a large body takes as long
 * as it takes on its way to and from an information system, while a peer that says nothing counts as gone.
 * @returns ends it
 */
export function sayWorking(outgoing: ServerResponse): () => void {
  const timer = setInterval(() => {
    if (!outgoing.headersSent && !outgoing.destroyed) outgoing.writeProcessing();
  }, workingMs);
  timer.unref();
  return () => clearInterval(timer);
}
