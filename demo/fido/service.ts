import { createHash, createHmac, randomUUID } from "node:crypto";
import { Hono, type Context } from "hono";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import { z } from "zod";
import { checksumFits, writeChecksum } from "#countries/taiwan";
import { listen, type Listening } from "#http";
import { toBase64, type Clock } from "#kernel";
import type { Cards } from "../cards/index.ts";

/**
 * Simulator of TW FidO: the five interfaces of the reference's section on it, with the same checksums, and the app's
 * screen on which a person approves, refuses or ignores.
 */
export interface FidoSimulatorOptions {
  readonly cards: Cards;
  readonly clock: Clock;
  readonly serviceId: string;
  readonly key: Uint8Array;
  /** Whose phone it is: the card that the mobile certificate belongs to, by identity number. */
  readonly phones: ReadonlyMap<string, string>;
}

const signInfo = z.object({
  sign_type: z.enum(["PKCS#1", "PKCS#7", "RAW"]),
  sign_data: z.string().max(1024).optional(),
  sign_data_set: z.array(z.string().max(1024)).max(10).optional(),
  tbs_encoding: z.enum(["NONE", "base64"]),
  hash_algorithm: z.enum(["SHA1", "SHA256", "SHA384", "SHA512"]),
});
const call = z.object({
  transaction_id: z.string().min(1).max(100),
  sp_service_id: z.string(),
  sp_checksum: z.string(),
  id_num: z.string().max(20).optional(),
  op_code: z.string().max(10).optional(),
  op_mode: z.string().max(10).optional(),
  hint: z.string().max(200).optional(),
  device_user_def_desc: z.string().max(200).optional(),
  sp_ticket_id: z.string().max(100).optional(),
  time_limit: z.string().max(6).optional(),
  sign_info: signInfo.optional(),
});
type Call = z.infer<typeof call>;

/** One question on somebody's phone. */
interface Ticket {
  readonly id: string;
  readonly card: string;
  readonly number: string;
  readonly hint: string;
  readonly tbs: string;
  readonly until: number;
  answer: "none" | "refused" | { readonly signature: string };
}

type Interface = "ATH-01" | "ATH-02" | "ATH-03" | "ATH-04" | "LF-01";

/** The fields each interface's checksum covers, in order. */
const covered: Readonly<Record<Interface, (asked: Call) => readonly (string | undefined)[]>> = {
  "ATH-01": (a) => [a.id_num, a.op_code, a.op_mode, a.hint, a.sign_info?.sign_data],
  "ATH-02": (a) => [a.sp_ticket_id],
  "ATH-03": (a) => [a.id_num, a.device_user_def_desc, a.op_code, a.hint, a.sign_info?.sign_data],
  "ATH-04": (a) => [a.id_num, a.op_code, a.op_mode, a.hint],
  "LF-01": (a) => [a.id_num],
};

export function fidoSimulator(options: FidoSimulatorOptions): Hono {
  const { cards, clock, serviceId, key, phones } = options;
  const tickets = new Map<string, Ticket>();
  const used = new Set<string>();
  const app = new Hono();

  const answer = (c: Context, asked: Call, fields: Readonly<Record<string, string>>, checked: readonly string[]) =>
    c.json({
      error_code: "0",
      error_message: "SUCCESS",
      result: {
        ...fields,
        idp_checksum: writeChecksum(key, [asked.transaction_id, "0", ...checked.map((name) => fields[name])], "random"),
      },
    });

  function interfaceAt(
    path: string,
    name: Interface,
    work: (c: Context, asked: Call, no: (code: string) => Response) => Response | Promise<Response>,
  ): void {
    app.post(`/moise/sp/${path}`, async (c) => {
      const no = (code: string) => c.json({ error_code: `${name}-${code}`, error_message: "simulated" });
      const asked = call.safeParse(await c.req.json().catch(() => undefined));
      if (!asked.success) return no("FORMAT");
      const { transaction_id: transaction, sp_service_id: service, sp_checksum: checksum } = asked.data;
      if (service !== serviceId) return no("SERVICE");
      if (!checksumFits(key, [transaction, service, ...covered[name](asked.data)], checksum)) return no("CHECKSUM");
      if (used.has(transaction)) return no("DATABASE");
      used.add(transaction);
      return work(c, asked.data, no);
    });
  }

  function ask(c: Context, asked: Call, no: (code: string) => Response): Response {
    const card = phones.get(asked.id_num ?? "");
    if (!card) return no("IDNUM_NF");
    const now = clock.now().getTime();
    const ticket: Ticket = {
      id: randomUUID(),
      card,
      number: asked.id_num!,
      hint: asked.hint ?? "",
      tbs: asked.sign_info?.sign_data ?? asked.sign_info?.sign_data_set?.[0] ?? "",
      until: now + Math.min(Number(asked.time_limit ?? "300"), 600) * 1000,
      answer: "none",
    };
    tickets.set(ticket.id, ticket);
    const body = Buffer.from(
      JSON.stringify({
        transaction_id: asked.transaction_id,
        sp_ticket_id: ticket.id,
        sp_service_id: serviceId,
        op_code: asked.op_code,
        hint: ticket.hint,
        expiration_time: new Date(ticket.until).toISOString(),
        version: "2.9",
      }),
    ).toString("base64url");
    const sum = createHash("sha256").update(body).digest("base64url");
    return answer(c, asked, { sp_ticket: `${body}.${sum}` }, ["sp_ticket"]);
  }

  interfaceAt("getSpTicket", "ATH-01", ask);
  interfaceAt("requestAthOrSignPush", "ATH-03", ask);
  interfaceAt("doBatchSigning", "ATH-04", ask);
  interfaceAt("checkDeviceStatus", "LF-01", (c, asked) => {
    const has = phones.has(asked.id_num ?? "") ? "Y" : "N";
    return answer(c, asked, { is_fido: has, is_mcert_sign: has }, ["is_fido", "is_mcert_sign"]);
  });
  interfaceAt("getAthOrSignResult", "ATH-02", async (c, asked, no) => {
    const ticket = tickets.get(asked.sp_ticket_id ?? "");
    if (!ticket) return no("SPTKTID_TXNLOG_NF");
    if (ticket.answer === "refused") return no("USER_REFUSED");
    if (ticket.answer === "none") return no(clock.now().getTime() < ticket.until ? "20002" : "EXPIRED");
    tickets.delete(ticket.id);
    const cert = toBase64((await cards.citizenCertificate(ticket.card)) ?? new Uint8Array());
    const hashed = createHmac("sha256", key).update(ticket.number).digest("hex");
    return answer(c, asked, { hashed_id_num: hashed, signed_response: ticket.answer.signature, cert }, [
      "hashed_id_num",
      "signed_response",
    ]);
  });

  app.use(csrf());
  app.get("/", async (c) => {
    const waiting = [...tickets.values()].filter(
      ({ answer: said, until }) => said === "none" && clock.now().getTime() < until,
    );
    const names = new Map((await cards.list()).map((card) => [card.id, card.holder]));
    c.header("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
    return c.html(
      html`<!doctype html>
        <html lang="zh-Hant">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>行動自然人憑證模擬器 Mobile citizen certificate: simulator</title>
          </head>
          <body>
            <h1>行動自然人憑證（模擬）<br /><span lang="en">Mobile citizen certificate (simulated)</span></h1>
            <p>
              請核對代碼與網頁上的一樣，才按同意。<br /><span lang="en"
                >Approve only if the code is the one on the web page.</span
              >
            </p>
            ${waiting.length === 0 ? html`<p>目前沒有要求。<span lang="en">No request.</span></p>` : ""}
            ${waiting.map(
              (ticket) =>
                html`<form method="post" action="/tickets/${ticket.id}">
                  <p><b>${names.get(ticket.card)}</b>: ${ticket.hint}</p>
                  <button name="answer" value="approve">同意 <span lang="en">Approve</span></button>
                  <button name="answer" value="refuse">拒絕 <span lang="en">Refuse</span></button>
                </form>`,
            )}
            <p>
              <a href="/">重新整理 <span lang="en">Refresh</span></a>
            </p>
          </body>
        </html>`,
    );
  });
  app.post("/tickets/:id", async (c) => {
    const ticket = tickets.get(c.req.param("id"));
    const said = (await c.req.parseBody())["answer"];
    if (ticket?.answer === "none" && clock.now().getTime() < ticket.until) {
      const signed =
        said === "approve" ? await cards.signAsCitizen({ card: ticket.card, text: ticket.tbs }) : undefined;
      ticket.answer = signed?.ok ? { signature: toBase64(signed.value.pkcs7) } : "refused";
    }
    return c.redirect("/", 303);
  });
  return app;
}

/** Serves it. @throws with `code` = `port-taken` */
export function startFidoSimulator(
  options: FidoSimulatorOptions & { readonly host: string; readonly port: number; readonly option: string },
): Promise<Listening> {
  const app = fidoSimulator(options);
  return listen((request) => app.fetch(request), options);
}
