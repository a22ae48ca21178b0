import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "#kernel";
import { entryInstant } from "#ledger";
import type { OpenIdProvider } from "./provider.ts";
import type { ClientRow, ProviderStore } from "./store.ts";

/** What everybody may know of an approved client: who it is, what it may ask for, why, and until when. */
export interface PublicClient {
  readonly client_id: string;
  readonly owner: string;
  readonly name: { readonly "zh-Hant": string; readonly en: string };
  readonly purpose: { readonly "zh-Hant": string; readonly en: string };
  readonly legal_basis: string;
  readonly retention: { readonly "zh-Hant": string; readonly en: string };
  readonly scopes: readonly string[];
  readonly min_acr: string;
  readonly mandates: readonly string[];
  /** Whose APIs it may call, and the one that it is. */
  readonly resources: readonly string[];
  readonly audience?: string;
  readonly profile: "fapi" | "plain";
  readonly expires_at: string;
}

/** The public half of a client, as it is listed and entered into the log. */
export function publicClient({ id, owner, profile, metadata, expires_at }: ClientRow): PublicClient {
  return {
    client_id: id,
    owner,
    name: metadata.name,
    purpose: metadata.purpose,
    legal_basis: metadata.legalBasis,
    retention: metadata.retention,
    scopes: metadata.scopes,
    min_acr: metadata.minAcr,
    mandates: metadata.mandates,
    resources: metadata.resources,
    ...(metadata.resource && { audience: metadata.resource.audience }),
    profile,
    expires_at: expires_at?.toISOString() ?? "",
  };
}

/** Every approved client whose year is not over. */
export async function publishedClients(provider: OpenIdProvider): Promise<PublicClient[]> {
  const rows = await provider.store.clientsWith("active", "production");
  return rows.filter((row) => provider.isUsable(row)).map(publicClient);
}

/** Enters what everybody may know of a client into the public log, in the caller's transaction: as it is approved, or stopped. */
export async function enterClient(
  { options }: Pick<OpenIdProvider, "options">,
  tx: ProviderStore,
  row: ClientRow,
  at: Date,
): Promise<void> {
  if (!options.identity.log) return;
  const { log, member } = options.identity.log;
  const stopped = row.status === "stopped" ? { stopped: true } : {};
  const content = { ...publicClient(row), ...stopped } as unknown as JsonValue;
  const dig = createHash("sha256").update(canonicalJson(content)).digest("base64url");
  const published = { what: "relying-party", name: row.id, dig } as const;
  await tx.append(log, { v: 1, t: "document.published", at: entryInstant(at), member, ...published });
}
