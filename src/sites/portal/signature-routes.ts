import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { largestFile, sealedLetter, trustOf, validateFile, type ValidationReport } from "#identity";
import { checkSignaturePage, signaturePaths } from "#identity/pages";
import { isUuid, toBase64 } from "#kernel";
import { openCase } from "#services";
import { both, type FieldError } from "#ui";
import { decisionLetter, receiptLetter } from "./letter-view.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, sendPage, sendRefusal, signedIn, wantsJson } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

const tooLarge: FieldError = {
  field: "file",
  text: both("檔案超過 10 MB，請選較小的檔案。", "The file is larger than 10 MB; choose a smaller one."),
};
const missing: FieldError = { field: "file", text: both("請選一個檔案。", "Choose a file.") };
/** A file and the document beside it, in bytes. */
export const largestUpload: number = 2 * largestFile + 65_536;
/** Checks at a time. More wait, for one takes up to a second of the processor. */
const mostAtOnce = 2;
/** Each that waits holds up to 20 MB. */
const mostWaiting = 6;

/** Checking signatures, open to everybody; it must stand before the limit for ordinary forms. */
export function signatureRoutes(context: PortalContext): Hono<PortalEnv> {
  const { identity } = context.portal;
  const routes = new Hono<PortalEnv>();
  const inTurn = takeTurns({ most: mostAtOnce, waiting: mostWaiting });

  routes.get(signaturePaths.check, (c) => send(c, {}));

  routes.get(signaturePaths.issuers, (c) => c.text(identity.trustedIssuers.map(({ der }) => pemOf(der)).join("")));

  routes.get(signaturePaths.timeStamps, (c) =>
    identity.timeStampAuthority
      ? c.text(identity.timeStampAuthority.roots)
      : sendRefusal(context, c, { code: "page-unknown" }),
  );

  routes.post(
    signaturePaths.check,
    bodyLimit({
      maxSize: largestUpload,
      onError: (c) => refuse(c as Context<PortalEnv>, tooLarge, "form-too-large"),
    }),
    async (c) => {
      // Asked before the body is taken in, since each that waits holds its file.
      if (inTurn.full()) return sendRefusal(context, c, { code: "busy" }, { retryAfter: 10 });
      const form = await c.req.parseBody().catch(() => undefined);
      const [file, document] = [form?.["file"], form?.["document"]];
      if (!(file instanceof File) || file.size === 0) return refuse(c, missing, "form-tampered");
      if (file.size > largestFile) return refuse(c, tooLarge, "form-too-large");
      const documents =
        document instanceof File && document.size > 0 ? [new Uint8Array(await document.arrayBuffer())] : [];
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (inTurn.full()) return sendRefusal(context, c, { code: "busy" }, { retryAfter: 10 });
      const report = await inTurn.take(() => validateFile(bytes, trustOf(identity), documents));
      c.header("Cache-Control", "no-store");
      return wantsJson(c) ? c.json(report) : send(c, { report, fileName: file.name.slice(0, 200) });
    },
  );

  function refuse(c: Context<PortalEnv>, error: FieldError, code: "form-too-large" | "form-tampered") {
    return wantsJson(c) ? sendRefusal(context, c, { code }) : send(c, { errors: [error] }, 422);
  }

  function send(
    c: Context<PortalEnv>,
    of: { readonly report?: ValidationReport; readonly fileName?: string; readonly errors?: readonly FieldError[] },
    status: 200 | 422 = 200,
  ) {
    const issuers = identity.trustedIssuers.map(
      ({ x509 }) => /(?:^|\n)CN=(.+)/.exec(x509.subject)?.[1] ?? x509.subject,
    );
    const stamps = identity.timeStampAuthority !== undefined;
    return sendPage(c, checkSignaturePage({ ...of, issuers, stamps }, c.var.visit.lang, chromeOf(c)), status);
  }

  return routes;
}

/** Letters of an application, as sealed PDFs, for those it concerns. */
export function letterRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
  const routes = new Hono<PortalEnv>();

  routes.get("/applications/:case/:letter{(?:decision|receipt)\\.pdf}", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("case");
    const opened = isUuid(id) ? await openCase(portal.database, id) : undefined;
    const state = opened?.state;
    const concerned = state && [state.applicant.person, state.principal.person].includes(session.person.id);
    if (!opened || !state || !concerned) return sendRefusal(context, c, { code: "case-unknown" });
    const which = c.req.param("letter") === "decision.pdf" ? "decision" : "receipt";
    const events: readonly string[] = which === "decision" ? ["approved", "refused"] : ["submitted"];
    const event = state.events.findLast(({ type }) => events.includes(type));
    if (!event || !options.seal) return sendRefusal(context, c, { code: "page-unknown" });
    const pdf = await sealedLetter(portal.identity, options.seal, `${state.id}/${which}/${event.seq}`, () =>
      which === "decision"
        ? decisionLetter(portal, opened, new Date(event.at))
        : receiptLetter(portal, opened, new Date(event.at)),
    );
    c.header("Cache-Control", "no-store");
    c.header("Content-Disposition", `attachment; filename="taroko-${state.number ?? "application"}-${which}.pdf"`);
    return c.body(new Uint8Array(pdf), 200, { "Content-Type": "application/pdf" });
  });

  return routes;
}

function pemOf(der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** Lets so many run at a time; so many others wait in the order they came, and further ones must not be taken. */
export function takeTurns(o: { readonly most: number; readonly waiting: number }): {
  full(): boolean;
  take<Value>(work: () => Promise<Value>): Promise<Value>;
} {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    full: () => running >= o.most && waiting.length >= o.waiting,
    async take(work) {
      if (running >= o.most) await new Promise<void>((resolve) => waiting.push(resolve));
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        waiting.shift()?.();
      }
    },
  };
}
