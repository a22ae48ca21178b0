import type { Page } from "playwright-core";
import type { RunningCountry } from "#demo";

/** How the simulated extension behaves. */
export type ExtensionMode = "works" | "cancelled" | "missing" | "old" | "silent";

/**
 * Puts a simulated Web eID extension into a page, before any script of its own runs: it answers the protocol's messages
 * with acknowledgement and timing; a card of the demonstration signs.
 */
export async function installExtension(
  page: Page,
  given: {
    readonly cards: RunningCountry["cards"];
    readonly card: string;
    readonly pin: string;
    readonly mode: ExtensionMode;
  },
): Promise<void> {
  const { cards, card, pin, mode } = given;
  await page.exposeFunction("simulatedCard", async (challenge: string, origin: string) => {
    const answer = await cards.authenticate({ card, pin, challenge, origin });
    return answer.ok ? answer.value.token : undefined;
  });
  await page.addInitScript((behaviour: ExtensionMode) => {
    interface Asked {
      readonly action?: unknown;
      readonly challengeNonce: string;
    }
    const say = (message: unknown) => window.postMessage(message, location.origin);
    const fail = (code: string) =>
      say({ action: "web-eid:authenticate-failure", error: { code: `ERR_WEBEID_${code}`, message: code } });
    window.addEventListener("message", (event: MessageEvent<Asked | null>) => {
      if (event.source !== window || event.data?.action !== "web-eid:authenticate" || behaviour === "missing") return;
      const { challengeNonce } = event.data;
      say({ action: "web-eid:authenticate-ack" });
      if (behaviour === "silent") return;
      setTimeout(() => {
        if (behaviour === "cancelled") return fail("USER_CANCELLED");
        if (behaviour === "old") return fail("VERSION_MISMATCH");
        const card = window as unknown as { simulatedCard(challenge: string, origin: string): Promise<object> };
        void card
          .simulatedCard(challengeNonce, location.origin)
          .then((token) => (token ? say({ action: "web-eid:authenticate-success", ...token }) : fail("NATIVE_FATAL")));
      }, 50);
    });
  }, mode);
}
