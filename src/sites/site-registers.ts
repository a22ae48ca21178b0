import type { GatewayLogger, ServiceDeclaration } from "#exchange";
import type { Clock } from "#kernel";
import {
  openRegister,
  openRegisterFile,
  type OpenedRegister,
  type Register,
  type RegisterDeclaration,
  type SharedLimits,
} from "#registries";
import { openDatabase } from "#store";
import type { PublicDocument } from "./standing-entries.ts";

/** A register that a gateway publishes: one of the country's in a database, or whatever a declaration's file says. */
export type SiteRegister =
  | { readonly declaration: RegisterDeclaration; readonly databaseUrl: string }
  | { readonly file: string };

/** The registers of a gateway, as they stand. */
export interface SiteRegisters {
  services(): readonly ServiceDeclaration[];
  documents(): readonly PublicDocument[];
  /**
   * Reads all declarations' files anew. One that cannot be served any more keeps its register as it was, and the log
   * says why. `publish` takes the services over; if it throws, nothing has changed.
   */
  reload(publish: (services: readonly ServiceDeclaration[]) => Promise<unknown>): Promise<{ readonly changed: number }>;
  close(): Promise<void>;
}

type Opened = OpenedRegister & { readonly file?: string };

/** @throws `register-declaration` when one of them cannot be served; none stays open then */
export async function openSiteRegisters(
  wanted: readonly SiteRegister[],
  o: {
    readonly clock: Clock;
    readonly problemBase?: string | undefined;
    readonly logger?: GatewayLogger | undefined;
    /** As `RegisterOptions` have it. */
    readonly cursorSecret?: Uint8Array | undefined;
    /** What clients have left of their calls, for all processes of the gateway. */
    readonly limits?: SharedLimits | undefined;
    /** Further services over each register. */
    readonly beside?: ((register: Register) => readonly ServiceDeclaration[]) | undefined;
  },
): Promise<SiteRegisters> {
  const { problemBase = "", cursorSecret, limits } = o;
  const fromFile = async (file: string): Promise<Opened> => {
    const onReload: Parameters<typeof openRegisterFile>[1]["onReload"] = (went) =>
      "rows" in went
        ? o.logger?.info({ register: file, rows: went.rows }, "a register's file changed and is in use")
        : o.logger?.error({ register: file, findings: went.findings }, "a register's file changed and cannot be used");
    return { ...(await openRegisterFile(file, { clock: o.clock, problemBase, cursorSecret, limits, onReload })), file };
  };
  let opened: Opened[] = [];
  const closeAll = async (registers: readonly Opened[]): Promise<void> => {
    for (const one of registers) await one.close();
  };
  try {
    for (const one of wanted) {
      if ("file" in one) {
        opened.push(await fromFile(one.file));
        continue;
      }
      const database = openDatabase(one.databaseUrl, {
        max: 4,
        readOnly: true,
        statementTimeout: (one.declaration.timeoutSeconds ?? 10) * 1000,
      });
      const close = (): Promise<void> => database.close();
      const register = await openRegister(one.declaration, database, { problemBase, cursorSecret, limits }).catch(
        async (fault: unknown) => {
          await close();
          throw fault;
        },
      );
      opened.push({ ...register, close });
    }
  } catch (fault) {
    await closeAll(opened);
    throw fault;
  }
  const servicesOf = (registers: readonly Opened[]): ServiceDeclaration[] =>
    registers.flatMap((one) => [one.service, ...(o.beside?.(one) ?? [])]);

  return {
    services: () => servicesOf(opened),
    documents: () =>
      opened.map(({ declaration, openapi }) => ({
        what: "data-service",
        name: `${declaration.subsystem}/${declaration.service}`,
        content: openapi,
      })),
    async reload(publish) {
      const next: Opened[] = [];
      for (const before of opened) {
        const { file } = before;
        const after =
          file === undefined
            ? before
            : await fromFile(file).catch((fault: unknown) => {
                o.logger?.error(
                  { register: file, fault: String(fault) },
                  "a register's declaration cannot be used; the one before stays",
                );
                return before;
              });
        next.push(after);
      }
      const fresh = next.filter((one) => !opened.includes(one));
      try {
        await publish(servicesOf(next));
      } catch (fault) {
        await closeAll(fresh);
        throw fault;
      }
      const old = opened.filter((one) => !next.includes(one));
      opened = next;
      await closeAll(old);
      return { changed: fresh.length };
    },
    close: () => closeAll(opened),
  };
}
