import { DeviceFault, type DeviceReason } from "./web-eid.ts";

/**
 * The page's side of HiPKI's local component: a window of the component asks what to sign, is told once, answers and
 * closes. The PIN passes through this page, so it goes to the component's origin and to no other.
 */
interface SignAnswer {
  readonly func?: unknown;
  readonly ret_code?: unknown;
  readonly last_error?: unknown;
  readonly signature?: unknown;
  readonly serverVersion?: unknown;
}

const codes: Readonly<Record<number, DeviceReason>> = {
  0x76000006: "NO_CARD",
  0x76000007: "PIN_WRONG",
  0x76000998: "PIN_WRONG",
  0x76000999: "CANCELLED",
  0x76100003: "NO_READER",
  0x76100006: "PIN_WRONG",
  0x7610000c: "NO_CARD",
};

/** Milliseconds: until the window speaks, and until it answers. */
const patience = { ready: 10_000, answer: 30_000 };

/** The reason that the component's codes stand for; `ret_code` may come as a negative number. */
export function reasonOf(returned: number, last: number | undefined): DeviceReason {
  if (last === 0xa4) return "PIN_LOCKED";
  if (last === 0xa0 || last === 0xa2) return "PIN_WRONG";
  return codes[returned >>> 0] ?? "CANCELLED";
}

/** Whether a version is at least another; part by part as numbers, for "1.3.10" is later than "1.3.9". */
export function versionAtLeast(version: string, minimum: string): boolean {
  const [has, needs] = [version, minimum].map((text) => text.split(".").map(Number));
  for (const [at, need] of needs!.entries()) {
    const part = has![at] ?? 0;
    if (part !== need) return part > need;
  }
  return true;
}

/** Lets the card sign. Call it from a click, or the browser opens no window. @returns PKCS#7, base64. @throws {DeviceFault} */
export function signByComponent(
  page: Pick<Window, "open" | "addEventListener" | "removeEventListener">,
  request: { readonly component: string; readonly tbs: string; readonly pin: string; readonly minimum: string },
  wait: typeof patience = patience,
): Promise<string> {
  const { component, tbs, pin, minimum } = request;
  const origin = new URL(component).origin;
  const popup = page.open(`${component}/popupForm`, "hipki", "popup,width=420,height=240");
  let stop = (): void => undefined;
  return new Promise<string>((resolve, reject) => {
    const fail = (reason: DeviceReason, said: string) => reject(new DeviceFault(reason, said));
    if (!popup) return fail("COMPONENT_MISSING", "the browser opened no window");
    let timer = setTimeout(() => fail("COMPONENT_MISSING", "no window of the component"), wait.ready);
    let told = false;
    const listen = (event: Event): void => {
      const { origin: from, source, data } = event as MessageEvent<unknown>;
      if (from !== origin || source !== popup || typeof data !== "string") return;
      let answer: SignAnswer;
      try {
        answer = JSON.parse(data) as SignAnswer;
      } catch {
        return fail("COMPONENT_MISSING", "the component's answer cannot be read");
      }
      if (answer.func === "getTbs") {
        // Once: the PIN is not handed to a window that asks again.
        if (told) return;
        told = true;
        clearTimeout(timer);
        timer = setTimeout(() => fail("TIMEOUT", "no answer of the component"), wait.answer);
        popup.postMessage(
          JSON.stringify({
            func: "MakeSignature",
            tbs,
            tbsEncoding: "NONE",
            hashAlgorithm: "SHA256",
            signatureType: "PKCS7",
            pin,
            withCardSN: "false",
            nonce: "",
          }),
          origin,
        );
        return;
      }
      if (!told) return;
      const { ret_code: returned, last_error: last, signature, serverVersion } = answer;
      if (typeof serverVersion === "string" && !versionAtLeast(serverVersion, minimum))
        return fail("COMPONENT_OLD", serverVersion);
      if (returned === 0 && typeof signature === "string") return resolve(signature);
      const reason = reasonOf(Number(returned), typeof last === "number" ? last : undefined);
      return fail(reason, `ret_code ${String(returned)}`);
    };
    stop = () => {
      clearTimeout(timer);
      page.removeEventListener("message", listen);
      popup.close();
    };
    page.addEventListener("message", listen);
  }).finally(() => stop());
}
