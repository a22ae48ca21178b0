import { Hono } from "hono";
import { isUuid } from "#kernel";
import type { DeskEnv } from "../desk/context.ts";
import type { GatewayDeskContext } from "./context.ts";
import { eventsPage } from "./pages/events.ts";
import { chromeOf, ownForm, sendPage, sendRefusal } from "../desk/reply.ts";

/** The events of a gateway's rooms: types, who subscribes, what waits, and what was given up. */
export function eventsRoutes(context: GatewayDeskContext): Hono<DeskEnv> {
  const routes = new Hono<DeskEnv>();
  const desk = context.gateway.events;

  routes.get("/events", async (c) => {
    const after = Number(c.req.query("after") ?? -1);
    const from = Number.isSafeInteger(after) ? after : -1;
    const view = desk && {
      types: await desk.types(),
      backlog: await desk.backlog(),
      dead: await desk.deadLetters(from),
      now: context.clock.now(),
    };
    return sendPage(c, eventsPage(view, c.var.lang, chromeOf(context, c)));
  });

  for (const work of ["replay", "discard"] as const)
    routes.post(`/events/${work}`, async (c) => {
      const form = await ownForm(c);
      if (!form) return sendRefusal(context, c, { code: "form-tampered" });
      // `subscription` alone, or `subscription sequence`: the value of one button.
      const [subscriptionId = "", number] = (form["letter"] ?? "").split(" ");
      const sequence = number === undefined ? undefined : Number(number);
      if (!desk || !isUuid(subscriptionId) || (sequence !== undefined && !Number.isSafeInteger(sequence)))
        return sendRefusal(context, c, { code: "page-unknown" });
      await desk[work](c.var.session?.operator ?? "", { subscriptionId, sequence });
      return c.redirect("/events", 303);
    });
  return routes;
}
