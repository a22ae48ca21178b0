import type { Authority } from "#exchange";
import type { DeskContext } from "../desk/context.ts";

/** What the pages of an authority's registrars stand on. */
export interface AuthorityDeskContext extends DeskContext {
  readonly authority: Authority;
}
