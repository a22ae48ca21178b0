import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { registerPerson, type ClientMetadata, type MandateKind, type OpenIdProvider } from "#identity";
import { both } from "#ui";
import { nameOf } from "../people.ts";
import { allPersonas } from "./people.ts";

/** A relying party that is registered before anybody asks. */
export interface ReadyClient {
  readonly id: "sandbox-simple" | "sandbox-government" | "sandbox-representing";
  readonly profile: "plain" | "fapi";
  readonly scopes: readonly string[];
  readonly mandates: readonly MandateKind[];
}

const kinds: readonly MandateKind[] = [
  "guardian",
  "ward",
  "relative",
  "company-officer",
  "attorney",
  "employee",
  "intermediary",
];

/** The clients that a developer finds here: plain OpenID Connect, FAPI 2.0 with attributes, and the same for those who represent. */
export function readyClients(scopes: readonly string[]): readonly ReadyClient[] {
  return [
    { id: "sandbox-simple", profile: "plain", scopes: [], mandates: [] },
    { id: "sandbox-government", profile: "fapi", scopes, mandates: [] },
    { id: "sandbox-representing", profile: "fapi", scopes, mandates: kinds },
  ];
}

/** The key of the two that need one: private JWK, made at the first start. It opens nothing but this demonstration. */
export function clientKey(file: string): Record<string, string> {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = {
      kid: randomBytes(6).toString("hex"),
      alg: "ES256",
      use: "sig",
      ...privateKey.export({ format: "jwk" }),
    };
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(jwk, null, 2)}\n`, { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
}

/** Registers them, or brings them up to date; addresses they came to know stay. */
export async function registerClients(
  provider: OpenIdProvider,
  clients: readonly ReadyClient[],
  o: { readonly key: Record<string, string>; readonly origin: string },
): Promise<void> {
  const [first] = allPersonas;
  const manager = await registerPerson(provider.options.identity, {
    nationalId: first!.nationalId,
    name: nameOf(first!),
  });
  const { d: _, ...publicKey } = o.key;
  const at = provider.options.identity.clock.now();
  for (const { id, profile, scopes, mandates } of clients) {
    const before = await provider.store.client(id);
    const metadata: ClientMetadata = {
      name: both("開發中的服務", "A service under development"),
      purpose: both("試用登入", "To try signing in"),
      legalBasis: "",
      retention: both("不保存", "Not kept"),
      redirectUris: before?.metadata.redirectUris ?? ["http://localhost:3000/callback"],
      postLogoutRedirectUris: before?.metadata.postLogoutRedirectUris ?? ["http://localhost:3000/"],
      backchannelLogoutUri: `${o.origin}/personas/logout/${id}`,
      ...(profile === "fapi" && { jwks: { keys: [publicKey] } }),
      scopes,
      optional: [],
      minAcr: "urn:taroko:loa:low",
      mandates,
      resources: [],
    };
    await provider.store.putClient({
      id,
      environment: "sandbox",
      profile,
      status: "active",
      manager_id: manager.id,
      owner: "TW/GOV/SANDBOX",
      metadata,
      created_at: before?.created_at ?? at,
      changed_at: at,
      expires_at: null,
    });
  }
}

/**
 * Lets a client come back to an address of the developer's own machine, whatever its port and path. For ready clients only:
 * anything else is registered on the developers' page, as everywhere. A client has redirect addresses of one host and port
 * at a time (the library wants a `sector_identifier_uri` for more), so those of another are let go.
 */
export async function admitAddress(
  { store, options }: OpenIdProvider,
  client: string,
  uri: string,
  field: "redirectUris" | "postLogoutRedirectUris",
): Promise<void> {
  if (!URL.canParse(uri)) return;
  const { protocol, host, hostname, username, hash } = new URL(uri);
  if (protocol !== "http:" || !["localhost", "127.0.0.1", "[::1]"].includes(hostname) || username || hash) return;
  const row = await store.client(client);
  if (!row || row.metadata[field].includes(uri)) return;
  const known = row.metadata[field].filter((one) => field !== "redirectUris" || new URL(one).host === host);
  const metadata = { ...row.metadata, [field]: [...known.slice(-50), uri] };
  await store.putClient({ ...row, metadata, changed_at: options.identity.clock.now() });
}
