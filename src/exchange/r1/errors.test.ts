import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callerFault,
  errorType,
  parseErrorType,
  r1CodeOf,
  r1Codes,
  r1Error,
  r1ErrorOf,
  r1Refusal,
  relayedError,
  renderError,
  statusOfType,
} from "./errors.ts";

function camelOf(code: string): string {
  return code
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

test("every code has both spellings and reads back from both; exactly five are irregular", () => {
  const irregular: string[] = [];
  for (const code of r1Codes) {
    const camel = errorType(r1Error("client", code, "")).replace("Client.", "");
    if (camel !== camelOf(code)) irregular.push(`${code} ${camel}`);
    assert.equal(r1CodeOf(code), code);
    assert.equal(r1CodeOf(camel), code === "unknown_host" ? "network_error" : code);
  }
  assert.deepEqual(irregular.sort(), [
    "global_conf_outdated OutdatedGlobalConf",
    "hashchain_unused_inputs HashChainUnusedInputs",
    "hsm_non_operational HSMNonOperational",
    "io_error IOError",
    "unknown_host NetworkError",
  ]);
});

test("types nest prefix, wrappers and code", () => {
  const error = r1Error("clientproxy", "mime_parsing_failed", "", ["service_failed"]);
  assert.equal(errorType(error), "Server.ClientProxy.ServiceFailed.MimeParsingFailed");
  assert.equal(errorType(error, "snake"), "server.clientproxy.service_failed.mime_parsing_failed");
  for (const spelling of ["camel", "snake"] as const) {
    const { prefix, wrappers, code } = error;
    assert.deepEqual(parseErrorType(errorType(error, spelling)), { prefix, wrappers, code });
  }
  for (const bad of [
    "",
    "Server",
    "Server.ServerProxy",
    "Server.ServerProxy.",
    "Server.ServerProxy.Nonsense",
    "Server.Other.AccessDenied",
    "Client.AccessDenied.BadRequest",
  ]) {
    assert.equal(parseErrorType(bad), undefined, bad);
  }
});

test("a relayed fault keeps its own type: spelled anew if known, letter for letter if not", () => {
  assert.equal(errorType(relayedError("server.serverproxy.access_denied", "no")), "Server.ServerProxy.AccessDenied");
  assert.equal(
    errorType(relayedError("Server.ServerProxy.Novel.Thing", "no"), "snake"),
    "Server.ServerProxy.Novel.Thing",
  );
});

test("status: 500 for whatever begins with server, in either case, else 400", () => {
  assert.equal(statusOfType("Server.ClientProxy.X"), 500);
  assert.equal(statusOfType("server.serverproxy.x"), 500);
  assert.equal(statusOfType("Client.BadRequest"), 400);
  assert.equal(statusOfType("Serverless.X"), 400);
});

test("the status rule decides whom a malformed call is blamed on", () => {
  const malformed = callerFault("invalid_client_identifier", "m");
  assert.equal(
    errorType(r1ErrorOf(malformed, "clientproxy", "deployed")),
    "Server.ClientProxy.InvalidClientIdentifier",
  );
  assert.equal(errorType(r1ErrorOf(malformed, "clientproxy", "document")), "Client.BadRequest");
  const denied = r1Refusal("access_denied", "m");
  assert.equal(errorType(r1ErrorOf(denied, "serverproxy", "document")), "Server.ServerProxy.AccessDenied");
});

const detail = "5f3c1c1e-0a52-4a8e-9d3b-6a0d5a1f0c11";
const denied = r1Error("serverproxy", "access_denied", 'not <allowed> & "so"');

test("JSON: three members in this order, extensions after them and never instead", () => {
  const rendered = renderError(denied, { accept: [], detail, extensions: { type: "x", explanation: [1] } });
  assert.equal(
    rendered.body,
    `{"type":"Server.ServerProxy.AccessDenied","message":"not <allowed> & \\"so\\"","detail":"${detail}","explanation":[1]}`,
  );
  assert.deepEqual(rendered.headers, [
    ["Content-Type", "application/json"],
    ["X-Road-Error", "Server.ServerProxy.AccessDenied"],
  ]);
  assert.equal(rendered.status, 500);
});

test("XML is well-formed whatever the message holds", () => {
  const odd = r1Error("serverproxy", "access_denied", "a\u0000<b>&\ud800臺𠮷");
  const rendered = renderError(odd, { accept: ["text/xml"], detail, spelling: "snake" });
  assert.match(
    rendered.body,
    /<error><type>server\.serverproxy\.access_denied<\/type><message>a\ufffd&lt;b&gt;&amp;\ufffd臺𠮷<\/message><detail>5f3c/,
  );
});

const accepts: readonly (readonly [accept: readonly string[], contentType: string])[] = [
  [[], "application/json"],
  [["*/*"], "application/json"],
  [["application/problem+xml"], "application/json"],
  [["nonsense"], "application/json"],
  [["text/html"], "application/json"],
  [["text/xml"], "text/xml;charset=utf-8"],
  [["TEXT/XML ; q=0"], "text/xml;charset=utf-8"],
  [["application/xml;q=0.1"], "application/xml;charset=utf-8"],
  [["text/*"], "text/xml;charset=utf-8"],
  [["application/json, application/xml;q=0.1"], "application/xml;charset=utf-8"],
  [["application/json", "text/html,application/xml", "text/xml"], "application/xml;charset=utf-8"],
];
for (const [accept, contentType] of accepts) {
  test(`Accept ${JSON.stringify(accept)} gets ${contentType}`, () => {
    assert.deepEqual(renderError(denied, { accept, detail }).headers[0], ["Content-Type", contentType]);
  });
}
