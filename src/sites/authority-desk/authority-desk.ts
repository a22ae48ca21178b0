import type { Hono } from "hono";
import { both } from "#ui";
import { actsRoutes } from "../desk/acts-routes.ts";
import { deskApp } from "../desk/app.ts";
import type { DeskEnv } from "../desk/context.ts";
import type { AuthorityDeskContext } from "./context.ts";
import { membersRoutes } from "./members-routes.ts";
import { requestsRoutes } from "./requests-routes.ts";
import { versionsRoutes } from "./versions-routes.ts";

/** The desk of the authority's registrars. What they decide here stands under their names. */
export function authorityDesk(context: AuthorityDeskContext): Hono<DeskEnv> {
  return deskApp(context, [
    { place: { href: "/requests", text: both("申請", "Requests") }, routes: requestsRoutes(context) },
    { place: { href: "/members", text: both("會員機關", "Members") }, routes: membersRoutes(context) },
    { place: { href: "/configuration", text: both("共同設定", "Configuration") }, routes: versionsRoutes(context) },
    { place: { href: "/acts", text: both("管理紀錄", "Acts") }, routes: actsRoutes(context) },
  ]);
}
