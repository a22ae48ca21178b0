import type { ErrorOut, KoaContextWithOIDC } from "oidc-provider";
import type { Localised } from "#kernel";
import type { Mandate } from "../contract.ts";
import type { Identity } from "../identity.ts";
import type { Attribute, Attributes } from "./contract.ts";
import type { ClientRow, ProviderStore } from "./store.ts";

/** Whose attributes, which ones, and on what they were given. */
export interface AttributeWish {
  readonly personId: string;
  readonly attributes: readonly Attribute[];
  /** Names the agreement in the exchange's records. */
  readonly agreement: { readonly id: string; readonly at: Date; readonly expiresAt: Date };
}

/** For whom a person may act, and the registers that could not be asked, by their names. */
export interface MandatesNow {
  readonly mandates: readonly Mandate[];
  readonly missing: readonly Localised[];
}

export interface ProviderOptions {
  readonly identity: Identity;
  readonly database: Parameters<typeof import("./store.ts").providerStore>[0];
  /** 32 random bytes, kept for ever: another key makes strangers of everybody at every relying party. */
  readonly sectorKey: Uint8Array;
  /** 32 random bytes, from which cookies and DPoP nonces get their keys. */
  readonly secret: Uint8Array;
  /** A P-256 key of the site's key store by name, made when it is first asked for. */
  signingKey(name: string): import("node:crypto").KeyObject;
  /** What may be asked about a person in this country. */
  readonly catalogue: readonly Attribute[];
  /** Fetches attributes from the registers. */
  fetchAttributes(wish: AttributeWish): Promise<Attributes>;
  /** For whom a person may act, as it stands now. */
  mandatesOf(personId: string): Promise<MandatesNow>;
  /**
   * Hosts inside the government's network that relying parties may name for their keys and for hearing of sign-outs.
   * All others must be public.
   */
  readonly agencyHosts?: readonly string[];
  /** The people here are invented: anybody of them may be signed in by a sandbox client. */
  readonly demonstration: boolean;
  onFault(fault: Error, where: string): void;
}

/** Keys of one stretch of time. */
export interface ProviderPeriod {
  readonly number: number;
  /** Private JWKs; the first signs. */
  readonly signingKeys: readonly Record<string, unknown>[];
  readonly cookieKeys: readonly string[];
  readonly dpopSecret: Uint8Array;
}

/** What the parts of the provider share. */
export interface ProviderContext {
  readonly options: ProviderOptions;
  readonly store: ProviderStore;
  readonly issuer: string;
  isUsable(client: ClientRow): boolean;
  renderError(ctx: KoaContextWithOIDC, out: ErrorOut, fault: Error): void | Promise<void>;
  readonly logoutPages: object;
}
