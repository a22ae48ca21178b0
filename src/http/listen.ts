import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { callerOf } from "./caller.ts";
import { isCalledBy } from "./host-name.ts";

/** A server that answers. */
export interface Listening {
  /** For example `http://127.0.0.1:8080`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Bytes of a request's body unless told otherwise: forms, statements and tree heads are far smaller. */
const largestBody = 1024 * 1024;

/**
 * Serves a fetch handler over HTTP/1.1. A body must say its length, and a longer one than `maxBody` (1 MiB unless told)
 * is refused before a byte of it is kept, whatever the handler does: 411 and 413. The handler also learns who calls (see
 * {@link callerOf}). With `names` it answers under addresses, `localhost` and those only (see {@link isCalledBy}): 421.
 * @throws with `code` = `port-taken` and a message that names the port and the option that changes it
 */
export function listen(
  handler: (request: Request, caller: string) => Response | Promise<Response>,
  options: { host: string; port: number; option: string; maxBody?: number; names?: readonly string[] | undefined },
): Promise<Listening> {
  const names = options.names && new Set(options.names.map((name) => name.toLowerCase()));
  const listener = getRequestListener(
    (request, { incoming }) =>
      handler(request, callerOf(incoming.socket.remoteAddress, incoming.headers["x-forwarded-for"])),
    { overrideGlobalObjects: false },
  );
  const largest = options.maxBody ?? largestBody;
  const server = createServer((incoming, outgoing) => {
    if (names && !isCalledBy(incoming.headers.host, names)) {
      outgoing.writeHead(421, { Connection: "close", "Content-Type": "text/plain; charset=utf-8" });
      return void outgoing.end("Not under this name: ask the address, or have the name listed in the site's file.\n");
    }
    const length = Number(incoming.headers["content-length"] ?? 0);
    const status = incoming.headers["transfer-encoding"] !== undefined ? 411 : length > largest ? 413 : undefined;
    if (status === undefined) return void listener(incoming, outgoing);
    outgoing.writeHead(status, { Connection: "close", "Content-Length": 0 }).end();
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  return started(server, options);
}

function started(server: Server, options: { host: string; port: number; option: string }): Promise<Listening> {
  return new Promise((done, fail) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      fail(
        cause.code === "EADDRINUSE"
          ? Object.assign(
              new Error(
                `Port ${options.port} on ${options.host} is taken. Stop the other program, or choose another port with ${options.option}.`,
              ),
              { code: "port-taken", cause },
            )
          : cause,
      );
    });
    server.listen(options.port, options.host, () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : options.port;
      done({
        url: `http://${options.host}:${port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
