import { createHash } from "node:crypto";
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { rateLimit } from "#http";
import { finishPdfSignature, handedOut, handOut, largestFile, preparePdfSignature } from "#identity";
import { confirmSignaturePage, signDocumentPage, signDocumentPaths, signedDocumentPage } from "#identity/pages";
import type { Refusal } from "#kernel";
import { both, type FieldError } from "#ui";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";
import { takeTurns } from "./signature-routes.ts";

const flaws: Readonly<Record<"missing" | "large" | "kind", FieldError>> = {
  missing: { field: "file", text: both("請選一個檔案。", "Choose a file.") },
  large: {
    field: "file",
    text: both("檔案超過 10 MB，請選較小的檔案。", "The file is larger than 10 MB; choose a smaller one."),
  },
  kind: {
    field: "file",
    text: both("這不是可以簽的 PDF，或受密碼保護。", "This is no PDF that can be signed, or it is protected."),
  },
};

/** A person signs a PDF of theirs with their card; it must stand before the limit for ordinary forms. */
export function signDocumentRoutes(context: PortalContext): Hono<PortalEnv> {
  const { identity } = context.portal;
  const { options } = context;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;
  // Each is kept for ten minutes and takes up to a second of the processor.
  const limit = rateLimit(10);
  const inTurn = takeTurns({ most: 1, waiting: 6 });
  const again = { ways: [{ text: both("再簽一次", "Sign again"), href: signDocumentPaths.sign }] };

  routes.get(signDocumentPaths.sign, (c) => {
    const session = signedIn(c);
    return session instanceof Response ? session : choose(c, []);
  });

  const maxSize = largestFile + 65_536;
  routes.post(
    signDocumentPaths.sign,
    bodyLimit({ maxSize, onError: (c) => choose(c as C, [flaws.large]) }),
    async (c) => {
      const session = signedIn(c);
      if (session instanceof Response) return session;
      const form = await c.req.parseBody().catch(() => undefined);
      const csrf = form?.["csrf"];
      if (!ownForm(session, { csrf: typeof csrf === "string" ? csrf : "" }))
        return sendRefusal(context, c, { code: "form-tampered" });
      const retryAfter = limit.take(session.person.id);
      if (retryAfter > 0) return sendRefusal(context, c, { code: "too-many-sign-ins" }, { retryAfter });
      const file = form?.["file"];
      if (!(file instanceof File) || file.size === 0) return choose(c, [flaws.missing]);
      if (file.size > largestFile) return choose(c, [flaws.large]);
      if (inTurn.full()) return sendRefusal(context, c, { code: "busy" }, { retryAfter: 10 });
      const pdf = new Uint8Array(await file.arrayBuffer());
      const name = nameOf(file.name);
      const prepared = await inTurn.take(() => preparePdfSignature(identity, session, { pdf, name }));
      if (!prepared.ok)
        return isFormat(prepared.error) ? choose(c, [flaws.kind]) : sendRefusal(context, c, prepared.error, again);
      const { id, hash, hashFunction } = prepared.value;
      const sha256 = createHash("sha256").update(pdf).digest("hex");
      const { lang } = c.var.visit;
      const reader = new URL("/sign", options.readerUrl);
      reader.search = new URLSearchParams({
        hash,
        hashFunction,
        origin: options.origin,
        return: `${options.origin}${signDocumentPaths.finish(id)}`,
        // A file's name may tell of a person, so it stands in no address; the digest is on the page before.
        display: `PDF ${sha256.slice(0, 16)}…`,
        lang,
      }).toString();
      const view = { file: { name, size: pdf.length, sha256 }, readerHref: reader.href };
      return sendPage(c, confirmSignaturePage(view, lang, chromeOf(c, signDocumentPaths.sign)));
    },
  );

  // The reader posts here. The request, bound to this session and used once, stands in for a CSRF token.
  routes.post("/sign-document/:request", bodyLimit({ maxSize: 65_536 }), async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("request");
    const signature = (await readForm(c))?.["signature"] ?? "";
    const signed = await inTurn.take(() => finishPdfSignature(identity, session, { id, signature }));
    if (!signed.ok) return sendRefusal(context, c, signed.error, again);
    const { pdf, sha256, name = "document.pdf" } = signed.value;
    const kept = await handOut(identity, session, { name, pdf, sha256 });
    return goTo(c, signDocumentPaths.done(kept.id));
  });

  routes.get("/sign-document/:request", (c) => {
    const reason = c.req.query("error");
    const code = reason === "PIN_LOCKED" ? "pin-locked" : reason === "NO_CARD" ? "no-card" : "reader-cancelled";
    return sendRefusal(context, c, { code }, again);
  });

  routes.get("/sign-document/done/:file", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("file");
    const kept = await handedOut(identity, session, id);
    if (!kept.ok) return sendRefusal(context, c, kept.error, again);
    return sendPage(c, signedDocumentPage({ ...kept.value, id }, c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/sign-document/done/:file/file", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const kept = await handedOut(identity, session, c.req.param("file"));
    if (!kept.ok) return sendRefusal(context, c, kept.error, again);
    c.header("Cache-Control", "no-store");
    const name = encodeURIComponent(kept.value.name.replace(/(?:\.pdf)?$/i, "-signed.pdf"));
    c.header("Content-Disposition", `attachment; filename="signed.pdf"; filename*=UTF-8''${name}`);
    return c.body(new Uint8Array(kept.value.pdf), 200, { "Content-Type": "application/pdf" });
  });

  function choose(c: C, errors: readonly FieldError[]) {
    return sendPage(c, signDocumentPage(errors, c.var.visit.lang, chromeOf(c)), errors.length > 0 ? 422 : 200);
  }

  return routes;
}

function isFormat({ params }: Refusal): boolean {
  return params?.["why"] === "FORMAT_FAILURE";
}

/** A file's name without path, control signs and signs that turn text around. */
function nameOf(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  return last.replaceAll(/[\p{Cc}\p{Cf}]/gu, "").slice(0, 120) || "document.pdf";
}
