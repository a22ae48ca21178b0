/**
 * The page's side of Web eID: plain messages on the own window, which the browser extension answers. Each request is
 * acknowledged within a second, or the extension is missing; then succeeds or fails.
 * @see https://github.com/web-eid/web-eid.js
 */

/** Why there is no answer: codes of the sign-in's closed list. */
export type DeviceReason =
  | "COMPONENT_MISSING"
  | "COMPONENT_OLD"
  | "CANCELLED"
  | "TIMEOUT"
  | "NO_CARD"
  | "NO_READER"
  | "PIN_WRONG"
  | "PIN_LOCKED";

export class DeviceFault extends Error {
  readonly reason: DeviceReason;

  constructor(reason: DeviceReason, said: string) {
    super(said);
    this.reason = reason;
  }
}

/** Milliseconds; those of the protocol's own library. */
interface Patience {
  /** Until the extension says that it is there. */
  readonly handshake: number;
  /** For the native application to start. */
  readonly native: number;
  /** For the person. */
  readonly user: number;
}

const patience: Patience = { handshake: 1_000, native: 5_000, user: 120_000 };

const reasons: Readonly<Record<string, DeviceReason>> = {
  ERR_WEBEID_EXTENSION_UNAVAILABLE: "COMPONENT_MISSING",
  ERR_WEBEID_NATIVE_UNAVAILABLE: "COMPONENT_MISSING",
  ERR_WEBEID_CONTEXT_INSECURE: "COMPONENT_MISSING",
  ERR_WEBEID_VERSION_MISMATCH: "COMPONENT_OLD",
  ERR_WEBEID_VERSION_INVALID: "COMPONENT_OLD",
  ERR_WEBEID_USER_TIMEOUT: "TIMEOUT",
  ERR_WEBEID_ACTION_TIMEOUT: "TIMEOUT",
  ERR_WEBEID_USER_CANCELLED: "CANCELLED",
};

/** What of a window the protocol needs. */
export type MessageWindow = Pick<Window, "postMessage" | "addEventListener" | "removeEventListener">;

interface Message {
  readonly action?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
}

const pending = new WeakMap<MessageWindow, Set<string>>();

/** One request to the extension. One at a time per action. @throws {DeviceFault} */
async function ask(
  page: MessageWindow,
  action: string,
  fields: Readonly<Record<string, unknown>>,
  wait: Patience,
): Promise<Readonly<Record<string, unknown>>> {
  const running = pending.get(page) ?? new Set();
  pending.set(page, running);
  if (running.has(action)) throw new DeviceFault("CANCELLED", "ERR_WEBEID_ACTION_PENDING");
  running.add(action);
  let stop = (): void => undefined;
  try {
    return await new Promise((resolve, reject) => {
      const missing = () => reject(new DeviceFault("COMPONENT_MISSING", "ERR_WEBEID_EXTENSION_UNAVAILABLE"));
      let timer = setTimeout(missing, wait.handshake);
      const listen = (event: Event): void => {
        const { source, data } = event as MessageEvent<Message | null>;
        // Frames and other windows may post here too.
        if (source !== page || typeof data?.action !== "string") return;
        if (data.action === `${action}-ack`) {
          clearTimeout(timer);
          timer = setTimeout(
            () => reject(new DeviceFault("TIMEOUT", "ERR_WEBEID_USER_TIMEOUT")),
            wait.native + wait.user,
          );
        } else if (data.action === `${action}-success`) {
          resolve(data as Readonly<Record<string, unknown>>);
        } else if (data.action === `${action}-failure`) {
          const code = typeof data.error?.code === "string" ? data.error.code : "";
          reject(new DeviceFault(reasons[code] ?? "CANCELLED", code));
        }
      };
      stop = () => {
        clearTimeout(timer);
        page.removeEventListener("message", listen);
      };
      page.addEventListener("message", listen);
      page.postMessage({ action, libraryVersion: "2.0.2", ...fields }, location.origin);
    });
  } finally {
    stop();
    running.delete(action);
  }
}

/** Lets the card answer a challenge. @returns the token as the server wants it. @throws {DeviceFault} */
export async function authenticate(
  page: MessageWindow,
  challengeNonce: string,
  lang: string,
  wait: Patience = patience,
): Promise<string> {
  const options = { lang, userInteractionTimeout: wait.user };
  const answer = await ask(page, "web-eid:authenticate", { challengeNonce, options }, wait);
  const { unverifiedCertificate, algorithm, signature, format, appVersion } = answer;
  return JSON.stringify({ unverifiedCertificate, algorithm, signature, format, appVersion });
}
