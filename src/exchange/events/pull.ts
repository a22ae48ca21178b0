import { err, ok, uuidV4, type Result } from "#kernel";
import { refusal, type EventRefusal, type EventsContext } from "./context.ts";
import type { StoredEvent } from "./event.ts";
import type { Held } from "./event-store.ts";
import { subscriptionOf, type SubscriptionName } from "./subscribe.ts";

/** The next event that the caller has not acknowledged, lent to it until its lease ends; nothing while none is due. */
export async function pull(
  context: EventsContext,
  name: SubscriptionName,
): Promise<Result<StoredEvent | undefined, EventRefusal>> {
  const subscription = await subscriptionOf(context, name);
  if (!subscription) return err(refusal("subscription-unknown"));
  if (subscription.delivery !== "PULL") return err(refusal("delivery-not-held", { reason: "subscription-is-push" }));
  for (;;) {
    const now = context.clock.now();
    const held = await context.store.claimNext(subscription, now);
    if (!held) return ok(undefined);
    const most = subscription.attempts;
    if (most === undefined || held.attempt <= most) {
      const { id, sequence } = held.event;
      context.logger.info({ ...name, event: id, sequence, attempt: held.attempt }, "an event was pulled");
      return ok(held.event);
    }
    await context.store.settle({ held, end: { kind: "dead" }, outcome: "not-acknowledged", messageId: uuidV4(), now });
  }
}

/** Takes an event off what is owed to the caller. Doing it twice is no fault. */
export async function acknowledge(
  context: EventsContext,
  name: SubscriptionName,
  eventId: string,
  messageId: string,
): Promise<Result<{ readonly eventId: string }, EventRefusal>> {
  const subscription = await subscriptionOf(context, name);
  if (!subscription) return err(refusal("subscription-unknown"));
  if (subscription.delivery !== "PULL") return err(refusal("delivery-not-held", { reason: "subscription-is-push" }));
  const found: Held | "done" | "not-held" | undefined = await context.store.inHand(subscription, eventId);
  if (found === undefined) return err(refusal("event-unknown"));
  if (found === "done") return ok({ eventId });
  if (found === "not-held") return err(refusal("delivery-not-held"));
  const now = context.clock.now();
  const { settled } = await context.store.settle({
    held: found,
    end: { kind: "done" },
    outcome: "acknowledged",
    messageId,
    now,
  });
  return settled ? ok({ eventId }) : err(refusal("delivery-not-held"));
}
