import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { html } from "hono/html";
import { z } from "zod";
import { listen, type Listening } from "#http";
import { toBase64 } from "#kernel";
import type { Cards } from "../cards/index.ts";

/**
 * Simulator of HiPKI's local component, with the wire form of the reference's section on it: a page that a sign-in page
 * opens as a popup, and behind it the calls `/pkcs11info` and `/sign`. It sends no CORS headers, as the real one.
 */
export interface HipkiComponentOptions {
  readonly cards: Cards;
  readonly version?: string;
}

/** What the component answers wrongly on purpose. */
export type HipkiFault = "no-reader" | "no-card" | "forbidden" | "cancelled" | "garbled";

/** Codes of the component (`ret_code`), and of the card behind it (`last_error`). */
export const hipkiCodes = {
  noCard: 0x76000006,
  forbidden: 0x7600000f,
  noPin: 0x76000998,
  cancelled: 0x76000999,
  noReader: 0x76100003,
  logInFailed: 0x76100006,
  wrongPin: 0xa0,
  pinLength: 0xa2,
  locked: 0xa4,
} as const;

const tbsPackage = z.object({
  tbs: z.string().min(1).max(4000),
  tbsEncoding: z.literal("NONE"),
  hashAlgorithm: z.literal("SHA256"),
  signatureType: z.literal("PKCS7"),
  pin: z.string(),
  withCardSN: z.enum(["true", "false"]),
  nonce: z.literal(""),
  slotDescription: z.string().optional(),
});

export interface HipkiComponent {
  readonly app: Hono;
  /** Answers wrongly from now on; `undefined`: rightly again. */
  readonly fail: (fault: HipkiFault | undefined) => void;
}

export function hipkiComponent(options: HipkiComponentOptions): HipkiComponent {
  const { cards, version = "1.3.4.103349" } = options;
  const app = new Hono();
  let fault: HipkiFault | undefined;
  const inReader = async (wanted?: string) =>
    (await cards.list()).find((card) => card.inReader && (wanted === undefined || card.id === wanted));

  app.get("/pkcs11info", async (c) => {
    if (fault === "no-reader") return c.json({ func: "pkcs11info", ret_code: hipkiCodes.noReader, slots: [] });
    const slots = await Promise.all(
      (await cards.list())
        .filter((card) => card.inReader && fault !== "no-card")
        .map(async (card) => {
          const der = c.req.query("withcert") === "true" ? await cards.citizenCertificate(card.id) : undefined;
          const certs = der
            ? [
                {
                  label: "cert1",
                  usage: "digitalSignature",
                  subjectDN: `CN=${card.holder},C=TW`,
                  certb64: toBase64(der),
                },
              ]
            : [];
          return { slotDescription: card.id, token: { serialNumber: card.number, certs } };
        }),
    );
    const empty = [{ slotDescription: "simulated reader", token: "unknown token" }];
    return c.json({
      func: "pkcs11info",
      ret_code: 0,
      serverVersion: version,
      slots: slots.length > 0 ? slots : empty,
    });
  });

  app.post("/sign", async (c) => {
    const failed = (code: number, last?: number) =>
      c.json({ func: "sign", ret_code: code, ...(last !== undefined && { last_error: last }), message: "simulated" });
    if (fault === "garbled") return c.text("<html>");
    if (fault === "no-reader") return failed(hipkiCodes.noReader);
    if (fault === "forbidden") return failed(hipkiCodes.forbidden);
    if (fault === "cancelled") return failed(hipkiCodes.cancelled);
    const form = await c.req.parseBody();
    const asked = tbsPackage.safeParse(parse(form["tbsPackage"]));
    if (!asked.success) return failed(hipkiCodes.forbidden);
    const { tbs, pin, slotDescription, withCardSN } = asked.data;
    if (pin === "") return failed(hipkiCodes.noPin);
    if (!/^\d{4,12}$/.test(pin)) return failed(hipkiCodes.logInFailed, hipkiCodes.pinLength);
    const card = fault === "no-card" ? undefined : await inReader(slotDescription);
    if (!card) return failed(hipkiCodes.noCard);
    const signed = await cards.signAsCitizen({ card: card.id, pin, text: tbs });
    if (!signed.ok)
      return signed.error.code === "NO_CARD"
        ? failed(hipkiCodes.noCard)
        : failed(hipkiCodes.logInFailed, signed.error.code === "PIN_LOCKED" ? hipkiCodes.locked : hipkiCodes.wrongPin);
    return c.json({
      func: "sign",
      ret_code: 0,
      signature: toBase64(signed.value.pkcs7),
      ...(withCardSN === "true" && { cardSN: card.number }),
    });
  });

  app.get("/popupForm", (c) => {
    const nonce = randomBytes(16).toString("base64");
    c.header("Content-Security-Policy", `default-src 'none'; script-src 'nonce-${nonce}'; connect-src 'self'`);
    return c.html(
      html`<!doctype html>
        <html lang="zh-Hant">
          <title>HiPKI 模擬元件 simulator</title>
          <p>HiPKI 模擬元件：處理中 / simulated component: working</p>
          <script nonce="${nonce}">
            addEventListener("message", async (event) => {
              if (event.source !== opener) return;
              const asked = JSON.parse(event.data);
              const sign = asked.func === "MakeSignature";
              const path = sign ? "/sign" : "/pkcs11info" + (asked.func === "GetUserCert" ? "?withcert=true" : "");
              const body = sign ? new URLSearchParams({ tbsPackage: event.data }) : undefined;
              const answer = await fetch(path, sign ? { method: "POST", body } : {});
              opener.postMessage(await answer.text(), event.origin);
              close();
            });
            opener.postMessage(JSON.stringify({ func: "getTbs" }), "*");
          </script>
        </html>`,
    );
  });
  return { app, fail: (next) => void (fault = next) };
}

function parse(text: unknown): unknown {
  try {
    return JSON.parse(typeof text === "string" ? text : "");
  } catch {
    return undefined;
  }
}

/** Serves it; the real one's port is 61161. @throws with `code` = `port-taken` */
export async function startHipkiComponent(
  options: HipkiComponentOptions & { readonly host: string; readonly port: number; readonly option: string },
): Promise<Listening & Pick<HipkiComponent, "fail">> {
  const { app, fail } = hipkiComponent(options);
  return { ...(await listen((request) => app.fetch(request), options)), fail };
}
