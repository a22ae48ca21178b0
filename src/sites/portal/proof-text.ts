import { acrAtLeast, strongestAcr, type AssuranceDemand } from "#identity";
import type { ServiceDefinition } from "#services";
import { both, type Text } from "#ui";

const high = "urn:taroko:loa:high";
const substantial = "urn:taroko:loa:substantial";

/** What a service demands of a sign-in, from the first page to the last, in words: so that nobody learns it half-way. */
export function proofText({
  assurance,
  dataNeeds,
}: Pick<ServiceDefinition, "assurance" | "dataNeeds">): Text | undefined {
  const first = [assurance?.start, ...dataNeeds.map((need) => need.assurance)].filter(isDemand);
  const last = assurance?.send;
  const begin = strongestAcr(first.map(({ acr }) => acr));
  const newKeyWaits = [...first, ...(last ? [last] : [])].some(({ highValue }) => highValue);
  if (acrAtLeast(begin, high)) return both("用卡片登入", "Sign in with your card");
  if (acrAtLeast(last?.acr, high))
    return both(
      "用卡片或通行密鑰開始；送出前請再用卡片確認一次",
      "Begin with your card or a passkey; before you send it, show your card once more",
    );
  if (!acrAtLeast(begin, substantial) && !acrAtLeast(last?.acr, substantial)) return undefined;
  return newKeyWaits
    ? both("用卡片，或用滿一天的通行密鑰", "Your card, or a passkey that is a day old")
    : both("用卡片或通行密鑰", "Your card or a passkey");
}

function isDemand(demand: AssuranceDemand | undefined): demand is AssuranceDemand {
  return demand !== undefined;
}
