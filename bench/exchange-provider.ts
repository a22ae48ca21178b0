/**
 * The service that everything else stands before: a plain Node HTTP server that answers so many bytes of JSON as the path
 * says (`/v1/answers/1024`), with or without a body in the request. `node bench/exchange-provider.ts PORT`.
 */
import { createServer } from "node:http";

const answers = new Map<string, Buffer>();

function answerOf(bytes: string): Buffer {
  const known = answers.get(bytes);
  if (known) return known;
  const empty = JSON.stringify({ found: true, note: "" }).length;
  const made = Buffer.from(JSON.stringify({ found: true, note: "x".repeat(Math.max(0, Number(bytes) - empty)) }));
  answers.set(bytes, made);
  return made;
}

const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  const body = answerOf(/\/v1\/answers\/(\d{1,9})$/.exec(request.url ?? "")?.[1] ?? "1024");
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log(JSON.stringify({ running: "provider" })));
