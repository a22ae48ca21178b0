import { ok } from "#kernel";
import { consume } from "../gateway/consume.ts";
import type { GatewayContext } from "../gateway/context.ts";
import type { RawHeader } from "../r1/headers.ts";
import { eventItem } from "./answers.ts";
import type { PushAnswer, PushCall } from "./context.ts";

/**
 * Pushes one event: an ordinary call of the room to the subscriber's service, signed, judged by the subscriber's rights
 * and recorded on both sides like any other. Why the publisher said it goes with it.
 */
export async function push(context: GatewayContext, call: PushCall): Promise<PushAnswer> {
  const { subscription, event, messageId } = call;
  const optional = (name: string, value: string | undefined): RawHeader[] =>
    value === undefined ? [] : [[name, value]];
  const bodies = context.bodies();
  const passage = context.operation.collector.begin("Client");
  try {
    const answered = await consume(context, {
      connection: "inside",
      method: "POST",
      rawTarget: `/r1/${subscription.subscriber}/${encodeURIComponent(subscription.service)}${subscription.path}`,
      rawHeaders: [
        ["X-Road-Client", subscription.room],
        ["X-Road-Id", messageId],
        ["Content-Type", "application/json"],
        ["Accept", "application/json"],
        ["Taroko-Event-Id", event.id],
        ["Taroko-Event-Type", event.eventType],
        ["Taroko-Event-Sequence", String(event.sequence)],
        ...optional("Taroko-Event-Key", event.key),
        ...optional("Taroko-Purpose", event.purpose),
        ...optional("Taroko-Legal-Basis", event.legalBasis),
      ],
      body: async () => ok(Buffer.from(JSON.stringify(eventItem(event)), "utf8")),
      bodies,
      passage,
    });
    return answered.ok
      ? { kind: "answered", status: answered.value.status }
      : { kind: "refused", problem: answered.error.problem };
  } finally {
    await bodies.release();
  }
}
