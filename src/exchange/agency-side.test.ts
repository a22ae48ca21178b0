import assert from "node:assert/strict";
import test from "node:test";
import { ahead, client, header, later, own, send, target, typeOf } from "./test-agency-side.ts";
import type { WireCall } from "./test-wire.ts";

/** The reference's order of checks (1.8): each call breaks two rules at once, and is told of the earlier one. */
const order: readonly (readonly [earlier: string, later: string, type: string, call: WireCall])[] = [
  ["3 path", "4 client missing", "Server.ClientProxy.InternalError", { target: "/r1/TW/GOV/REG" }],
  ["3 version", "4 client missing", "Server.ClientProxy.InternalError", { target: "/r2/TW/GOV/REG/people/echo" }],
  [
    "3 headers",
    "4 client missing",
    "Server.ClientProxy.InternalError",
    { target: target("echo"), headers: [["X-Road-Represented-Party", "a/b/c"]] },
  ],
  [
    "3 headers",
    "7 no provider",
    "Server.ClientProxy.InternalError",
    { target: "/r1/TW/GOV/NO/people/x", headers: own("app", [["X-Road-Security-Server", "TW/GOV/REG"]]) },
  ],
  [
    "4 client missing",
    "7 no provider",
    "Server.ClientProxy.InvalidClientIdentifier",
    { target: "/r1/TW/GOV/NO/people/x" },
  ],
  [
    "4 client of another gateway",
    "7 no provider",
    "Server.ClientProxy.UnknownMember",
    { target: "/r1/TW/GOV/NO/people/x", headers: client("TW/GOV/OTHER/sys") },
  ],
  [
    "5 connection",
    "7 no provider",
    "Server.ClientProxy.SslAuthenticationFailed",
    { target: "/r1/TW/GOV/NO/people/x", headers: own("sealed") },
  ],
  [
    "7 no provider",
    "7 server that does not serve it",
    "Server.ClientProxy.UnknownMember",
    { target: "/r1/TW/GOV/NO/people/x", headers: own("app", [["X-Road-Security-Server", "TW/GOV/NO/gw"]]) },
  ],
  [
    "7 server that does not serve it",
    "P5 service",
    "Server.ClientProxy.InvalidSecurityServer",
    { target: target("nothing"), headers: own("app", [["X-Road-Security-Server", "TW/GOV/OTHER/gw1"]]) },
  ],
  ["P5 service", "P7 right", "Server.ServerProxy.UnknownService", { target: target("nothing"), headers: own("app") }],
  ["P7 right", "P8 disabled", "Server.ServerProxy.AccessDenied", { target: target("closed"), headers: own("app") }],
  [
    "P8 disabled",
    "P10 system away",
    "Server.ServerProxy.ServiceDisabled",
    { target: target("off"), headers: own("app") },
  ],
  ["P10 system away", "none", "Server.ServerProxy.NetworkError", { target: target("away"), headers: own("app") }],
];
for (const [earlier, following, type, call] of order) {
  test(`1.8 order: ${earlier} before ${following}`, async () => {
    const answer = await send(call);
    assert.deepEqual([typeOf(answer), answer.status], [type, 500]);
  });
}

test("1.8: which of two members is unknown is said; a disabled service carries its notice", async () => {
  const message = async (call: WireCall): Promise<unknown> =>
    (JSON.parse((await send(call)).text) as { message: string }).message;
  const nowhere = "/r1/TW/GOV/NO/people/x";
  assert.equal(
    await message({ target: nowhere, headers: client("TW/GOV/OTHER/sys") }),
    "Client 'SUBSYSTEM:TW/GOV/OTHER/sys' not found",
  );
  assert.equal(
    await message({ target: nowhere, headers: own("app") }),
    'Could not find addresses for service provider "SUBSYSTEM:TW/GOV/NO/people"',
  );
  assert.equal(
    await message({ target: target("off"), headers: own("app") }),
    "Service SERVICE:TW/GOV/REG/people/off is disabled: back on Monday",
  );
});

test("1.7 JSON: three members first, Content-Type without charset, X-Road-Error the same type", async () => {
  const answer = await send({ target: target("nothing"), headers: own("app") });
  assert.deepEqual(header(answer, "content-type"), ["application/json"]);
  assert.match(
    answer.text,
    /^\{"type":"Server\.ServerProxy\.UnknownService","message":"Unknown service: SERVICE:TW\/GOV\/REG\/people\/nothing","detail":"[0-9a-f-]{36}",/,
  );
});

test("1.7 XML: by any XML range of any Accept line, with its charset", async () => {
  const answer = await send({
    target: target("nothing"),
    headers: own("app", [
      ["Accept", "application/json"],
      ["Accept", "text/*;q=0.1"],
    ]),
  });
  assert.deepEqual(header(answer, "content-type"), ["text/xml;charset=utf-8"]);
  assert.match(
    answer.text,
    /^<\?xml version="1\.0" encoding="UTF-8" standalone="no"\?><error><type>Server\.ServerProxy\.UnknownService<\/type><message>[^<]*<\/message><detail>[0-9a-f-]{36}<\/detail><\/error>$/,
  );
});

test("1.7 both spellings, and the document's 400 for a malformed call", async () => {
  const ask = async (call: WireCall): Promise<[string, number]> => {
    const answer = await send(call, later.agencyUrl);
    return [typeOf(answer), answer.status];
  };
  assert.deepEqual(await ask({ target: target("echo"), headers: client("TW/GOV/OTHER/sys") }), [
    "server.serverproxy.access_denied",
    500,
  ]);
  assert.deepEqual(await ask({ target: target("echo"), headers: client("TW/GOV/PORTAL/app") }), [
    "server.clientproxy.unknown_member",
    500,
  ]);
  assert.deepEqual(await ask({ target: target("echo") }), ["client.bad_request", 400]);
  assert.deepEqual(await ask({ target: "/r1/TW" }), ["client.bad_request", 400]);
});

const natives: readonly (readonly [what: string, status: number, problem: string, type: string, call: WireCall])[] = [
  [
    "no right",
    403,
    "access-denied",
    "Server.ServerProxy.AccessDenied",
    { target: target("closed"), headers: own("modern") },
  ],
  [
    "no service",
    404,
    "service-unknown",
    "Server.ServerProxy.UnknownService",
    { target: target("x"), headers: own("modern") },
  ],
  [
    "no provider",
    404,
    "unknown-member",
    "Server.ClientProxy.UnknownMember",
    { target: "/r1/TW/GOV/NO/p/x", headers: own("modern") },
  ],
  [
    "disabled",
    503,
    "service-disabled",
    "Server.ServerProxy.ServiceDisabled",
    { target: target("off"), headers: own("modern") },
  ],
  [
    "system away",
    502,
    "service-unreachable",
    "Server.ServerProxy.NetworkError",
    { target: target("away"), headers: own("modern") },
  ],
  [
    "malformed",
    400,
    "call-malformed",
    "Server.ClientProxy.InternalError",
    { target: "/r1/TW", headers: own("modern") },
  ],
  [
    "by Prefer",
    403,
    "access-denied",
    "Server.ServerProxy.AccessDenied",
    { target: target("closed"), headers: own("app", [["Prefer", "wait=5, taroko-status"]]) },
  ],
];
for (const [what, status, problem, type, call] of natives) {
  test(`native: ${what} is ${status} and a problem, whatever Accept says`, async () => {
    const answer = await send({ ...call, headers: [...(call.headers ?? []), ["Accept", "text/xml"]] });
    const said = JSON.parse(answer.text) as Record<string, unknown>;
    assert.deepEqual(
      [answer.status, said["status"], header(answer, "content-type")],
      [status, status, ["application/problem+json"]],
    );
    assert.deepEqual([said["type"], said["xroadType"], typeOf(answer)], [`/problems/${problem}`, type, type]);
    assert.match(String(said["instance"]), /^urn:uuid:[0-9a-f-]{36}$/);
    assert.deepEqual(header(answer, "preference-applied"), what === "by Prefer" ? ["taroko-status"] : []);
  });
}

test("a service's own error is the same on both surfaces, and no gateway error", async () => {
  const [r1, native] = await Promise.all(
    ["app", "modern"].map((code) => send({ target: target("echo"), headers: own(code) })),
  );
  assert.deepEqual(
    [r1!.status, native!.status, typeOf(r1!), typeOf(native!)],
    [200, 200, "no error, 200", "no error, 200"],
  );
});

test("1.10 listClients: another instance has no members here; anything else is no address of r1", async () => {
  const list = await send({ target: "/listClients?xRoadInstance=EE", headers: [["Accept", "application/json"]] });
  assert.deepEqual([list.text, header(list, "content-type")], ['{"member":[]}', ["application/json;charset=utf-8"]]);
  const all = await send({ target: "/listClients?xRoadInstance=TW" });
  assert.match(all.text, /<xrd:clientList [^]*<id:memberCode>REG<\/id:memberCode>/);
  const soap = await send({ method: "POST", target: "/", headers: own("app"), body: "<x/>" });
  assert.deepEqual([soap.status, header(soap, "content-type")], [404, ["application/problem+json"]]);
});

test("1.10 metaservices: other methods fall through to an unknown service", async () => {
  for (const code of ["listMethods", "allowedMethods", "getOpenAPI"]) {
    const answer = await send({ method: "POST", target: target(code), headers: own("app") });
    assert.equal(typeOf(answer), "Server.ServerProxy.UnknownService", code);
    assert.equal(
      (await send({ target: `${target(code)}/any/path`, headers: own("app") })).status === 200,
      code !== "getOpenAPI",
    );
  }
});

test("1.8 first of all: a configuration past its hard expiry, before anything of the call is read", async () => {
  ahead.ms = 400 * 24 * 3_600_000;
  assert.equal(typeOf(await send({ target: "/r1/TW" })), "Server.ClientProxy.OutdatedGlobalConf");
  assert.equal(typeOf(await send({ target: "/r1/TW" }, later.agencyUrl)), "server.clientproxy.global_conf_outdated");
  ahead.ms = 0;
});
