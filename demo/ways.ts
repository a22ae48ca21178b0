import { randomBytes } from "node:crypto";
import { fido, hipki } from "#countries/taiwan";
import type { Listening } from "#http";
import { redirectReader, webEid, type Authenticator } from "#identity";
import type { Clock } from "#kernel";
import type { Cards } from "./cards/index.ts";
import { startFidoSimulator } from "./fido/service.ts";
import { startHipkiComponent } from "./hipki/component.ts";
import { personas } from "./people.ts";

type Where = { readonly host: string; readonly port: number; readonly option: string };

/** The demonstration's ways of signing in: a reader with pages, and each that needs software, with its simulator. */
export async function startWays(given: {
  readonly url: string;
  readonly cards: Cards;
  readonly issuer: Uint8Array;
  readonly clock: Clock;
  readonly hipki: Where;
  readonly fido: Where;
}): Promise<{
  readonly ways: readonly Authenticator[];
  readonly simulators: readonly { readonly name: string; readonly server: Listening }[];
}> {
  const { cards, clock } = given;
  const trustedIssuers = [given.issuer];
  const component = await startHipkiComponent({ cards, ...given.hipki });
  const service = { serviceId: "taroko-demonstration", key: randomBytes(32) };
  const phones = new Map(personas.map(({ nationalId, key }) => [nationalId, key]));
  const phone = await startFidoSimulator({ cards, clock, phones, ...service, ...given.fido });
  return {
    ways: [
      redirectReader({ url: given.url }),
      webEid(),
      hipki({ trustedIssuers, component: component.url }),
      fido({ url: phone.url, trustedIssuers, ...service }),
    ],
    simulators: [
      { name: "HiPKI component (simulator)", server: component },
      { name: "phone with TW FidO (simulator)", server: phone },
    ],
  };
}
