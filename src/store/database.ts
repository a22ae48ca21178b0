import { Pool, types as pgTypes, type PoolClient } from "pg";

/** Somewhere SQL can be sent: the database itself, or a transaction in it. */
export interface Sql {
  /** Sends one parameterised statement (`$1` …); answers its rows. `bigint` arrives as `bigint`, `bytea` as `Buffer`. */
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** The first row, or `undefined`. */
  one<Row>(text: string, parameters?: readonly unknown[]): Promise<Row | undefined>;
  /** How many rows a statement touched. */
  run(text: string, parameters?: readonly unknown[]): Promise<number>;
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
  return {
    query: async <Row>(text: string, parameters: readonly unknown[] = []) =>
      (await client.query(text, [...parameters])).rows as Row[],
    one: async <Row>(text: string, parameters: readonly unknown[] = []) =>
      (await client.query(text, [...parameters])).rows[0] as Row | undefined,
    run: async (text, parameters = []) => (await client.query(text, [...parameters])).rowCount ?? 0,
    transaction: begin,
  };
}

/**
 * Opens a pool on a PostgreSQL URL. Commits are durable: the connection insists on `synchronous_commit = on`.
 * @throws when the server cannot be reached (`code` as pg gives it)
 */
export function openDatabase(url: string, options: { max?: number } = {}): Database {
  const pool = new Pool({
    connectionString: url,
    max: options.max ?? 8,
    types,
    options: "-c synchronous_commit=on -c timezone=UTC",
    idleTimeoutMillis: 30_000,
  });
  // An idle connection that breaks (server stopped) must not take the process down; the next query reports it.
  pool.on("error", () => undefined);
  const transaction: Sql["transaction"] = async (work) => {
    const client = await pool.connect();
    let broken = false;
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
      client.release(broken);
    }
  };
  return { ...sqlOver(pool, transaction), url, close: () => pool.end() };
}
