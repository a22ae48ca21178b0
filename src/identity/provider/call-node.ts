import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";

/** A listener of node:http, for example Koa's. */
export type NodeListener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

/** What stands for a request where only its head is read. */
export function headOf(request: Request, path?: string): { incoming: IncomingMessage; outgoing: ServerResponse } {
  const incoming = new IncomingMessage(new Socket());
  const url = new URL(request.url);
  incoming.method = request.method;
  incoming.url = path ?? url.pathname + url.search;
  for (const [name, value] of request.headers) incoming.headers[name] = value;
  return { incoming, outgoing: new ServerResponse(incoming) };
}

/**
 * Lets a listener of node:http answer a fetch request, without a socket: so the provider's library, which knows only
 * Node's pair, stands behind the same limits and headers as every other route, and in tests too.
 * @param mount what to cut from the path before the listener sees it; it finds the whole in `originalUrl`
 * @param origin what the listener takes for the site's own, whatever `Host` says
 */
export async function callNode(
  listener: NodeListener,
  request: Request,
  { mount, origin }: { readonly mount: string; readonly origin: string },
): Promise<Response> {
  const url = new URL(request.url);
  const whole = url.pathname + url.search;
  const { incoming, outgoing } = headOf(request, whole.slice(mount.length) || "/");
  Object.assign(incoming, { originalUrl: whole });
  const own = new URL(origin);
  // Of what a proxy adds, or an attacker in its place, the listener makes addresses.
  for (const name of Object.keys(incoming.headers))
    if (name === "forwarded" || name.startsWith("x-forwarded-")) delete incoming.headers[name];
  incoming.headers.host = own.host;
  incoming.headers["x-forwarded-proto"] = own.protocol.slice(0, -1);
  const body = Buffer.from(await request.arrayBuffer());
  if (body.length > 0) {
    incoming.headers["content-length"] = String(body.length);
    incoming.push(body);
  }
  incoming.push(null);

  const chunks: Buffer[] = [];
  return new Promise((answer, fail) => {
    const keep = (chunk: unknown): void => {
      if (typeof chunk === "string" || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
    };
    outgoing.write = (chunk: unknown) => {
      keep(chunk);
      return true;
    };
    outgoing.end = (chunk?: unknown) => {
      keep(chunk);
      const headers = new Headers();
      for (const [name, value] of Object.entries(outgoing.getHeaders()))
        for (const one of [value ?? []].flat()) headers.append(name, String(one));
      headers.delete("content-length");
      const status = outgoing.statusCode;
      const empty = status === 204 || status === 304 || request.method === "HEAD";
      answer(new Response(empty ? null : Buffer.concat(chunks), { status, headers }));
      outgoing.emit("finish");
      return outgoing;
    };
    try {
      // A promise that fails after the answer was sent has nobody to tell; Koa answers 500 by itself.
      Promise.resolve(listener(incoming, outgoing)).catch(fail);
    } catch (fault) {
      fail(fault);
    }
  });
}
