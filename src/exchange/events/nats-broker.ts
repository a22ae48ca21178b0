import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/transport-node";

/** A message of a stream as a consumer of it is given it. */
export interface Delivered {
  /** Where it is acknowledged. */
  readonly reply: string;
  readonly sequence: number;
  /** Counts from 1. */
  readonly attempt: number;
  readonly headers: MsgHdrs;
  readonly text: string;
}

export interface ConsumerState {
  readonly num_pending: number;
  readonly num_ack_pending: number;
  readonly ack_floor: { readonly consumer_seq: number; readonly stream_seq: number };
}

/** The few operations of JetStream's API that events need, over the plain protocol. */
export interface Broker {
  ensureStream(name: string, subject: string, o: { readonly maxAgeMs: number }): Promise<void>;
  /** Durable when it answers, as far as the server's `sync_interval` says. */
  publish(
    subject: string,
    text: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly seq: number; readonly duplicate?: boolean }>;
  consumer(stream: string, name: string): Promise<ConsumerState | undefined>;
  createConsumer(stream: string, name: string, config: object): Promise<void>;
  deleteConsumer(stream: string, name: string): Promise<void>;
  /** Up to `batch` messages that are there now. */
  next(stream: string, consumer: string, batch: number): Promise<Delivered[]>;
  find(
    stream: string,
    by: { readonly seq: number } | { readonly last_by_subj: string },
  ): Promise<Omit<Delivered, "reply" | "attempt"> | undefined>;
  remove(stream: string, sequence: number): Promise<void>;
  /** Says how it went with a message, and waits until the server has it. False when nobody listens any more. */
  answer(reply: string, word: string): Promise<boolean>;
  /** Says that work goes on. */
  working(reply: string): void;
  close(): Promise<void>;
}

const second = 1_000_000_000;

/**
 * Connects to a NATS server with JetStream. The client package is optional and loaded here only.
 * @throws `events-store` when the package is not installed or the server cannot be reached
 */
export async function openBroker(url: string): Promise<Broker> {
  const nats = await import("@nats-io/transport-node").catch((cause: unknown) => {
    throw Object.assign(new Error("events in NATS need the package @nats-io/transport-node", { cause }), {
      code: "events-store",
    });
  });
  const connection: NatsConnection = await nats
    .connect({ servers: url, name: "taroko-events", maxReconnectAttempts: -1, reconnectTimeWait: 500 })
    .catch((cause: unknown) => {
      throw Object.assign(new Error(`the NATS server cannot be reached: ${String(cause)}`, { cause }), {
        code: "events-store",
      });
    });

  /** One request of the API; `undefined` where it says that something is not there. */
  async function ask<Answer>(operation: string, body: object = {}): Promise<Answer | undefined> {
    const answer = await connection.request(`$JS.API.${operation}`, JSON.stringify(body), { timeout: 5000 });
    const said = answer.json<{ error?: { code: number; description: string } } & Answer>();
    if (!said.error) return said;
    if (said.error.code === 404) return undefined;
    throw Object.assign(new Error(`NATS: ${said.error.description}`), { code: "events-store" });
  }

  return {
    async ensureStream(name, subject, { maxAgeMs }) {
      if (await ask(`STREAM.INFO.${name}`)) return;
      await ask(`STREAM.CREATE.${name}`, {
        name,
        subjects: [subject],
        storage: "file",
        retention: "limits",
        max_age: maxAgeMs * 1_000_000,
        duplicate_window: 24 * 3600 * second,
        allow_direct: true,
      });
    },
    async publish(subject, text, headers) {
      const sent = nats.headers();
      for (const [name, value] of Object.entries(headers)) sent.set(name, value);
      const answer = await connection.request(subject, text, { headers: sent, timeout: 5000 });
      const said = answer.json<{ error?: { description: string }; seq: number; duplicate?: boolean }>();
      if (said.error) throw Object.assign(new Error(`NATS: ${said.error.description}`), { code: "events-store" });
      return said;
    },
    consumer: (stream, name) => ask<ConsumerState>(`CONSUMER.INFO.${stream}.${name}`),
    async createConsumer(stream, name, config) {
      const wanted = { durable_name: name, ack_policy: "explicit", max_deliver: -1, ...config };
      await ask(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, { stream_name: stream, config: wanted });
    },
    async deleteConsumer(stream, name) {
      await ask(`CONSUMER.DELETE.${stream}.${name}`);
    },
    async next(stream, consumer, batch) {
      const inbox = nats.createInbox();
      const given = connection.subscribe(inbox, { max: batch, timeout: 5000 });
      // Without an end a request would wait where all that may be under way already is.
      const asked = JSON.stringify({ batch, no_wait: true, expires: 20_000_000 });
      connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, asked, { reply: inbox });
      const found: Delivered[] = [];
      for await (const message of given) {
        if ((message.headers?.code ?? 0) >= 400) break;
        const one = deliveredFrom(message);
        if (one) found.push(one);
      }
      return found;
    },
    async find(stream, by) {
      const said = await ask<{ message: { seq: number; hdrs?: string; data?: string } }>(
        `STREAM.MSG.GET.${stream}`,
        by,
      );
      if (!said) return undefined;
      const headers = nats.headers();
      for (const line of Buffer.from(said.message.hdrs ?? "", "base64")
        .toString("utf8")
        .split("\r\n")
        .slice(1)) {
        const at = line.indexOf(":");
        if (at > 0) headers.set(line.slice(0, at), line.slice(at + 1).trim());
      }
      const text = Buffer.from(said.message.data ?? "", "base64").toString("utf8");
      return { sequence: said.message.seq, headers, text };
    },
    async remove(stream, sequence) {
      await ask(`STREAM.MSG.DELETE.${stream}`, { seq: sequence });
    },
    async answer(reply, word) {
      try {
        await connection.request(reply, word, { timeout: 2000 });
        return true;
      } catch {
        return false;
      }
    },
    working: (reply) => connection.publish(reply, "+WPI"),
    close: () => connection.drain(),
  };
}

/** What an acknowledgement's subject says of its message: `$JS.ACK.stream.consumer.attempt.sequence…`, newer with two parts more. */
function deliveredFrom(message: Msg): Delivered | undefined {
  const parts = message.reply?.split(".") ?? [];
  const [attempt, sequence] = parts.length >= 11 ? [parts[6], parts[7]] : [parts[4], parts[5]];
  if (!message.reply || !message.headers) return undefined;
  return {
    reply: message.reply,
    attempt: Number(attempt),
    sequence: Number(sequence),
    headers: message.headers,
    text: message.string(),
  };
}
