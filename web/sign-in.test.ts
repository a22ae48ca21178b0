import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOf, signByComponent, versionAtLeast } from "./hipki.ts";
import { authenticate, DeviceFault, type MessageWindow } from "./web-eid.ts";

Object.assign(globalThis, { location: { origin: "https://portal.example" } });
const wait = { handshake: 30, native: 30, user: 60 };
const challenge = `${"A".repeat(43)}=`;

/** What a message event is, as far as the scripts look. */
class Message extends Event {
  readonly data: unknown;
  readonly source: unknown;
  readonly origin: string;

  constructor(data: unknown, source: unknown, origin: string) {
    super("message");
    Object.assign(this, { data, source, origin });
    this.data = data;
    this.source = source;
    this.origin = origin;
  }
}

type Asked = { readonly action: string; readonly challengeNonce: string };

/** A window with an extension in it, or none. */
class FakePage extends EventTarget {
  readonly #extension: (asked: Asked, say: (data: unknown, source?: unknown) => void) => void;

  constructor(extension: (asked: Asked, say: (data: unknown, source?: unknown) => void) => void) {
    super();
    this.#extension = extension;
  }

  postMessage(data: unknown): void {
    const say = (said: unknown, source: unknown = this) =>
      void setTimeout(() => this.dispatchEvent(new Message(said, source, location.origin)));
    say(data); // the window hears itself, too
    this.#extension(data as Asked, say);
  }
}
const pageWith = (extension: ConstructorParameters<typeof FakePage>[0]) =>
  new FakePage(extension) as unknown as MessageWindow;

const token = {
  unverifiedCertificate: "c",
  algorithm: "ES384",
  signature: "s",
  format: "web-eid:1.0",
  appVersion: "x",
};
const action = "web-eid:authenticate";
const reasonFrom = (page: MessageWindow) =>
  authenticate(page, challenge, "en", wait).then(
    () => "ok",
    (fault: unknown) => (fault instanceof DeviceFault ? fault.reason : String(fault)),
  );

test("Web eID: the extension acknowledges and answers, and only the token's own members go on", async () => {
  const page = pageWith((asked, say) => {
    assert.equal(asked.challengeNonce, challenge);
    say({ action: `${action}-ack` });
    say({ action: `${action}-success`, ...token, extra: "dropped" });
  });
  assert.deepEqual(JSON.parse(await authenticate(page, challenge, "en", wait)), token);
});

test("Web eID: each way of having no answer has its reason", async () => {
  const failing = (code: string) =>
    pageWith((_, say) => {
      say({ action: `${action}-ack` });
      say({ action: `${action}-failure`, error: { code, message: "x" } });
    });
  const cases: [string, MessageWindow, string][] = [
    ["no extension", pageWith(() => undefined), "COMPONENT_MISSING"],
    ["acknowledged, then silence", pageWith((_, say) => say({ action: `${action}-ack` })), "TIMEOUT"],
    ["no native application", failing("ERR_WEBEID_NATIVE_UNAVAILABLE"), "COMPONENT_MISSING"],
    ["old version", failing("ERR_WEBEID_VERSION_MISMATCH"), "COMPONENT_OLD"],
    ["cancelled", failing("ERR_WEBEID_USER_CANCELLED"), "CANCELLED"],
    ["too slow", failing("ERR_WEBEID_USER_TIMEOUT"), "TIMEOUT"],
    ["something unheard of", failing("ERR_WEBEID_NATIVE_FATAL"), "CANCELLED"],
    [
      "an answer from another window",
      pageWith((_, say) => {
        say({ action: `${action}-ack` }, {});
        say({ action: `${action}-success`, ...token }, {});
      }),
      "COMPONENT_MISSING",
    ],
  ];
  for (const [name, page, reason] of cases) assert.equal(await reasonFrom(page), reason, name);
});

test("Web eID: one request at a time", async () => {
  const page = pageWith((_, say) => say({ action: `${action}-ack` }));
  const first = reasonFrom(page);
  assert.equal(await reasonFrom(page), "CANCELLED");
  assert.equal(await first, "TIMEOUT");
});

const component = "http://localhost:61161";

/** A page that opens the component's window, and what the window got. */
function hipkiPage(answers: readonly unknown[], change: { origin?: string; source?: unknown; blocked?: boolean } = {}) {
  const got: { data: Record<string, unknown>; target: string }[] = [];
  const page = new EventTarget();
  const say = (data: unknown) =>
    setTimeout(() => page.dispatchEvent(new Message(data, change.source ?? popup, change.origin ?? component)));
  const popup = {
    closed: false,
    close: () => void (popup.closed = true),
    postMessage(data: string, target: string) {
      got.push({ data: JSON.parse(data) as Record<string, unknown>, target });
      for (const answer of answers) say(answer);
    },
  };
  const open = () => {
    if (change.blocked) return null;
    say(JSON.stringify({ func: "getTbs" }));
    say(JSON.stringify({ func: "getTbs" }));
    return popup;
  };
  return { page: Object.assign(page, { open }) as unknown as Window, got, popup };
}
const request = { component, tbs: "tbs", pin: "1111", minimum: "1.3.4.13" };
const outcome = (page: Window) =>
  signByComponent(page, request, { ready: 40, answer: 60 }).catch((fault: unknown) =>
    fault instanceof DeviceFault ? fault.reason : String(fault),
  );

test("HiPKI: the PIN goes to the component's origin once, the signature comes back, the window is closed", async () => {
  const { page, got, popup } = hipkiPage([JSON.stringify({ func: "sign", ret_code: 0, signature: "c2ln" })]);
  assert.equal(await outcome(page), "c2ln");
  assert.deepEqual(
    got.map(({ data, target }) => [data["pin"], data["tbs"], target]),
    [["1111", "tbs", component]],
  );
  assert.ok(popup.closed);
});

test("HiPKI: each way of having no answer has its reason", async () => {
  const sign = (fields: object) => [JSON.stringify({ func: "sign", ...fields })];
  const cases: [string, ReturnType<typeof hipkiPage>, string][] = [
    ["window blocked", hipkiPage([], { blocked: true }), "COMPONENT_MISSING"],
    ["no component behind it", hipkiPage([], { origin: "null" }), "COMPONENT_MISSING"],
    ["another window speaks", hipkiPage([], { source: {} }), "COMPONENT_MISSING"],
    ["silence after the PIN", hipkiPage([]), "TIMEOUT"],
    ["no JSON", hipkiPage(["<html>"]), "COMPONENT_MISSING"],
    ["no card", hipkiPage(sign({ ret_code: 0x76000006 })), "NO_CARD"],
    ["no reader", hipkiPage(sign({ ret_code: 0x76100003 })), "NO_READER"],
    ["wrong PIN", hipkiPage(sign({ ret_code: 0x76100006, last_error: 0xa0 })), "PIN_WRONG"],
    ["locked", hipkiPage(sign({ ret_code: 0x76100006, last_error: 0xa4 })), "PIN_LOCKED"],
    ["cancelled", hipkiPage(sign({ ret_code: 0x76000999 })), "CANCELLED"],
    ["too old", hipkiPage(sign({ ret_code: 0, signature: "x", serverVersion: "1.3.4.9" })), "COMPONENT_OLD"],
  ];
  for (const [name, { page, got }, reason] of cases) {
    assert.equal(await outcome(page), reason, name);
    if (reason === "COMPONENT_MISSING" && name !== "no JSON") assert.deepEqual(got, [], `${name}: nothing was told`);
  }
});

test("HiPKI: negative codes and versions part by part", () => {
  assert.equal(reasonOf(0x76000006 - 2 ** 32, undefined), "NO_CARD");
  assert.equal(reasonOf(1, undefined), "CANCELLED");
  for (const [version, minimum, enough] of [
    ["1.3.4.103349", "1.3.4.103327", true],
    ["1.3.4.13", "1.3.4.103327", false],
    ["1.10", "1.9.9", true],
    ["1.3", "1.3.0", true],
    ["x", "1.3", false],
  ] as const)
    assert.equal(versionAtLeast(version, minimum), enough, `${version} ${minimum}`);
});
