import { problemJson } from "#http";
import { readUpTo, type Refusal } from "#kernel";
import { exchangeProblems, type ExchangeProblem } from "../problems.ts";
import type { Authority } from "./authority.ts";

/**
 * The authority over HTTP:
 * - `GET /configuration` — the signed configuration (JSON); needs no transport security, it proves itself;
 * - `POST /gateways` — a gateway's statement (compact JWS, `application/jose`); 201 with the certificate, or a problem;
 * - `POST /seals` — a gateway's signed request for a certificate to seal evidence with, and its revocation answer;
 * - `POST /requests` — a membership request, signed likewise; 202 while a registrar must decide, 200 when that is done;
 * - `POST /requests/mine` — a gateway's signed question how its requests stand, and who asks it for rights.
 */
export function authorityRoutes(
  authority: Authority,
  o: { problemBase?: string } = {},
): (request: Request, caller?: string) => Promise<Response> {
  const problem = (code: ExchangeProblem, params?: Refusal["params"]): Response => {
    const entry = exchangeProblems[code];
    return Response.json(problemJson(code, entry, { base: o.problemBase ?? "", language: "en", params }), {
      status: entry.status,
      headers: { "content-type": "application/problem+json" },
    });
  };
  return async (request, caller) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/configuration" && (request.method === "GET" || request.method === "HEAD")) {
      return new Response(authority.current(), {
        headers: { "content-type": "application/json", "cache-control": "no-cache" },
      });
    }
    if (pathname === "/gateways" && request.method === "POST") {
      const jws = await readUpTo(request.body ?? [], 20_000);
      if (!jws) return problem("body-too-large");
      const admitted = await authority.admit(Buffer.from(jws).toString("utf8").trim());
      return admitted.ok
        ? Response.json(admitted.value, { status: 201 })
        : problem(admitted.error.code, admitted.error.params);
    }
    if (pathname === "/seals" && request.method === "POST") {
      const jws = await readUpTo(request.body ?? [], 5_000);
      if (!jws) return problem("body-too-large");
      const given = await authority.seal(Buffer.from(jws).toString("utf8").trim());
      return given.ok ? Response.json(given.value) : problem(given.error.code, given.error.params);
    }
    if ((pathname === "/requests" || pathname === "/requests/mine") && request.method === "POST") {
      const jws = await readUpTo(request.body ?? [], 60_000);
      if (!jws) return problem("body-too-large");
      const text = Buffer.from(jws).toString("utf8").trim();
      const { membership } = authority;
      const done = await (pathname === "/requests" ? membership.take(text, caller) : membership.answer(text));
      if (!done.ok) return problem(done.error.code, done.error.params);
      return Response.json(done.value, { status: "state" in done.value && done.value.state === "pending" ? 202 : 200 });
    }
    return new Response("Not found\n", { status: 404, headers: { "content-type": "text/plain" } });
  };
}
