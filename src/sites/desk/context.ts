import type { Context } from "hono";
import type { Operators, OperatorSession } from "#exchange";
import type { Clock, Language, Localised } from "#kernel";
import type { Database } from "#store";

/** What every desk's pages stand on: the authority's as well as a gateway's. */
export interface DeskContext {
  /** Whose desk it is, as the top of each page says. */
  readonly title: Localised;
  readonly database: Database;
  readonly operators: Operators;
  readonly clock: Clock;
  /** Invented people whom anybody may sign in as; only where all people are invented. */
  readonly demonstration?: readonly string[] | undefined;
  readonly logger: { info(what: object, message: string): void; error(what: object, message: string): void };
}

/** What a request carries through the routes. `session` is set wherever a part's routes run. */
export interface DeskEnv {
  Bindings: { caller?: string };
  Variables: { lang: Language; session: OperatorSession | undefined; places: readonly Place[] };
}

export interface Place {
  readonly href: string;
  readonly text: Localised;
}

export type DeskRequest = Context<DeskEnv>;
