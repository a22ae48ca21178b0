import { Readable } from "node:stream";
import { Hono } from "hono";
import { recordAct } from "#exchange";
import type { DeskEnv } from "../desk/context.ts";
import { ownForm, sendRefusal } from "../desk/reply.ts";
import type { GatewayDeskContext } from "./context.ts";

/** Evidence of one exchange as a sealed container. A form and an act: who handed it out stands under a name. */
export function evidenceRoutes(context: GatewayDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  routes.post("/evidence", async (c) => {
    const form = await ownForm(c);
    const { session } = c.var;
    if (!form || !session) return sendRefusal(context, c, { code: "form-tampered" });
    const side = form["side"] === "provider" || form["side"] === "consumer" ? form["side"] : undefined;
    try {
      const exported = await context.gateway.exports.exchange(form["id"] ?? "", side);
      if (!exported.ok) return sendRefusal(context, c, exported.error);
      const { name, bytes } = exported.value;
      const now = context.clock.now();
      await recordAct(context.database, { by: session.operator, act: "evidence.exported", about: name, now });
      return c.body(Readable.toWeb(Readable.from(bytes)) as ReadableStream, 200, {
        "Content-Type": "application/vnd.etsi.asic-e+zip",
        "Content-Disposition": `attachment; filename="${name}"`,
      });
    } catch (fault) {
      if ((fault as { readonly code?: unknown }).code !== "seal-unavailable") throw fault;
      return sendRefusal(context, c, { code: "authority-unreachable", inside: String(fault) });
    }
  });
  return routes;
}
