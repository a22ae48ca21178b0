import { Pool, types as pgTypes, type PoolClient } from "pg";

/**
 * A statement that each connection parses and plans once and from then on only runs. For the few that run with every
 * call: the server has a third less to do for them (bench/README.md). The name is the statement's own within the database; columns are listed
 * one by one, since a plan kept does not survive that its result changes.
 */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** Somewhere SQL can be sent: the database itself, or a transaction in it. */
export interface Sql {
  /** Sends one parameterised statement (`$1` …); answers its rows. `bigint` arrives as `bigint`, `bytea` as `Buffer`. */
  query<Row>(statement: string | Prepared, parameters?: readonly unknown[]): Promise<Row[]>;
  /** The first row, or `undefined`. */
  one<Row>(statement: string | Prepared, parameters?: readonly unknown[]): Promise<Row | undefined>;
  /** How many rows a statement touched. */
  run(statement: string | Prepared, parameters?: readonly unknown[]): Promise<number>;
  /** All of `work` or nothing of it. Inside a transaction it joins the one that is open. */
  transaction<Value>(work: (tx: Sql) => Promise<Value>): Promise<Value>;
}

export interface Database extends Sql {
  readonly url: string;
  close(): Promise<void>;
}

/** PostgreSQL's number of the type bigint, which would arrive as text. */
const int8 = 20;

const types = {
  getTypeParser(oid: number, format?: string) {
    if (oid === int8 && format !== "binary") return (text: string) => BigInt(text);
    return pgTypes.getTypeParser(oid, format as "text");
  },
};

type Client = Pool | PoolClient;

function sqlOver(client: Client, begin: Sql["transaction"]): Sql {
  const send = (statement: string | Prepared, parameters: readonly unknown[] = []) =>
    client.query({ ...(typeof statement === "string" ? { text: statement } : statement), values: [...parameters] });
  return {
    query: async <Row>(statement: string | Prepared, parameters?: readonly unknown[]) =>
      (await send(statement, parameters)).rows as Row[],
    one: async <Row>(statement: string | Prepared, parameters?: readonly unknown[]) =>
      (await send(statement, parameters)).rows[0] as Row | undefined,
    run: async (statement, parameters) => (await send(statement, parameters)).rowCount ?? 0,
    transaction: begin,
  };
}

/** How a pool is used. */
export interface DatabaseOptions {
  /** Connections at most; 8 unless told. */
  readonly max?: number;
  /** Every transaction reads only, unless it says otherwise itself. */
  readonly readOnly?: boolean;
  /** Milliseconds after which the server cancels a statement; never unless told. */
  readonly statementTimeout?: number;
}

/**
 * Opens a pool on a PostgreSQL URL. Commits are durable: the connection insists on `synchronous_commit = on`.
 * @throws when the server cannot be reached (`code` as pg gives it)
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const pool = new Pool({
    connectionString: url,
    max: options.max ?? 8,
    types,
    options: [
      "-c synchronous_commit=on -c timezone=UTC",
      ...(options.readOnly ? ["-c default_transaction_read_only=on"] : []),
      ...(options.statementTimeout ? [`-c statement_timeout=${Math.ceil(options.statementTimeout)}`] : []),
    ].join(" "),
    idleTimeoutMillis: 30_000,
  });
  // An idle connection that breaks (server stopped) must not take the process down; the next query reports it.
  pool.on("error", () => undefined);
  const transaction: Sql["transaction"] = async (work) => {
    const client = await pool.connect();
    let broken = false;
    // A server that dies amid a transaction: the query under way reports it, the event must not end the process.
    const breaks = (): void => {
      broken = true;
    };
    client.on("error", breaks);
    try {
      await client.query("begin");
      const tx: Sql = sqlOver(client, async (inner) => inner(tx));
      const value = await work(tx);
      await client.query("commit");
      return value;
    } catch (fault) {
      await client.query("rollback").catch(() => {
        broken = true;
      });
      throw fault;
    } finally {
      client.off("error", breaks);
      client.release(broken);
    }
  };
  return { ...sqlOver(pool, transaction), url, close: () => pool.end() };
}
