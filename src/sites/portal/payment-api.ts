import type { KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { jwkThumbprint, publicJwkOf } from "#exchange";
import { openPaymentApi, type PaymentApi, type PaymentApiOptions } from "#payments";
import { paymentApiPath } from "./payment-api-routes.ts";

/** Which systems may call the payments API, and from which programmes they may pay: the operator's to say. */
export type PaymentApiSettings = Pick<
  PaymentApiOptions,
  "clients" | "programmes" | "voucherGroups" | "receiver" | "holderOf"
>;

/** The open payments API, and the public keys with which its clients verify our calls to them. */
export interface SitePaymentApi {
  readonly api: PaymentApi;
  keys(): object;
}

/** Opens the payments API of a portal. @throws `payment-client-invalid` for a client that cannot be meant as it stands */
export async function openSitePaymentApi(
  o: PaymentApiSettings &
    Pick<PaymentApiOptions, "payments" | "secret" | "owners"> & { readonly origin: string; readonly key: KeyObject },
): Promise<SitePaymentApi> {
  const { origin, key, ...options } = o;
  const jwk = publicJwkOf(key);
  const kid = jwkThumbprint(jwk);
  const api = await openPaymentApi({
    ...options,
    base: origin + paymentApiPath,
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid, typ: "JWT" }).sign(key),
  });
  return { api, keys: () => ({ keys: [{ ...jwk, kid, use: "sig", alg: "ES256" }] }) };
}
