import { Hono } from "hono";
import type { PortalContext } from "./portal-site.ts";

/** The portal's routes. */
export function portalApp(_context: PortalContext): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  return app;
}
