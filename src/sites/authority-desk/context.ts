import type { Authority } from "#exchange";
import type { OfficeContext } from "../gateway-desk/context.ts";

/** What the pages of an authority's registrars stand on. */
export interface AuthorityDeskContext extends OfficeContext {
  readonly authority: Authority;
}
