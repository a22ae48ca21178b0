/** The pages of the OpenID provider. One relying party tries to be markup, one person has a rare character in the name. */
import { taiwan } from "#countries/taiwan";
import { mandateTitles } from "#identity";
import {
  askedBy,
  clientFormPage,
  clientPage,
  decideClientsPage,
  developersPage,
  protocolFaultPage,
  relyingPartiesPage,
  releasePage,
  releasesPage,
  sandboxOnlyPage,
  signedOutPage,
  signInPage,
  signOutPage,
} from "#identity/pages";
import { both } from "#ui";
import { clientFormOf } from "../../src/identity/provider/check-client.ts";
import type { ClientActRow, ClientRow } from "../../src/identity/provider/store.ts";
import { agencies, at } from "./sample-facts.ts";
import type { Sample } from "./samples.ts";

const now = at("14:12");
const name = both("臺北市<b>圖書館</b>借書證", "Library card of <b>Taipei</b>");
const client: ClientRow = {
  id: "client-9yMZk1xQnV0s5Yw8",
  environment: "production",
  profile: "fapi",
  status: "active",
  manager_id: "0190b7c2-0000-7000-8000-000000000001",
  owner: "TW/GOV/TPL",
  metadata: {
    name,
    purpose: both("申辦借書證，確認您住在臺北市", "To issue a library card to those who live in Taipei"),
    legalBasis: "",
    retention: both("借書證有效期間", "As long as the card is valid"),
    redirectUris: ["https://library.example/sign-in/callback"],
    postLogoutRedirectUris: [],
    scopes: ["birth_date", "address.registered"],
    optional: ["birth_date"],
    minAcr: "urn:taroko:loa:substantial",
    mandates: ["guardian"],
    resources: [],
  },
  created_at: now,
  changed_at: now,
  expires_at: new Date("2027-11-23T00:00:00Z"),
};
const sandbox: ClientRow = { ...client, id: "sandbox-3b4n1N0cVwD4h6m4", environment: "sandbox", expires_at: null };
const failures = [
  {
    id: "1",
    client_id: client.id,
    endpoint: "pushed authorization request",
    error: "invalid_client",
    detail: "client authentication failed: audience (aud) must equal the issuer identifier url",
    checks: [
      { what: `client_assertion: iss is ${client.id}`, ok: true, found: "…" },
      {
        what: "client_assertion: aud is https://portal.example/oidc",
        ok: false,
        found: '"https://portal.example/oidc/token"',
      },
    ],
    at: now,
  },
];
const counted = failures.map((failure) => ({ ...failure, endpoint: "token", times: 12 }));
const stopAct: ClientActRow = {
  id: "1",
  what: "stopped",
  reason: "私密金鑰外洩，正在更換。The private key leaked; it is being replaced.",
  at: now,
  officer_id: "0190b7c2-0000-7000-8000-000000000002",
  officer: "高志遠",
  seen_by: null,
  seen_at: null,
};
const form = clientFormOf("fapi", client.metadata);
const scopes = taiwan.attributes.map(({ scope, label }) => ({ scope, label }));
const labels = new Map(scopes.map(({ scope, label }) => [scope, label]));
const listed = {
  client_id: client.id,
  owner: client.owner,
  name,
  purpose: client.metadata.purpose,
  scopes: client.metadata.scopes,
  expires_at: "2027-11-23T00:00:00Z",
};

export const providerSamples: readonly Sample[] = [
  {
    name: "provider-sign-in",
    as: "nobody",
    render: (lang, chrome) =>
      signInPage(
        {
          action: "/sign-in",
          simulator: true,
          context: askedBy(name, { type: "submit-application", message: "借書證 B-115-000042", why: "too-weak" }),
        },
        lang,
        chrome,
      ),
  },
  {
    name: "provider-release",
    render: (lang, chrome) =>
      releasePage(
        {
          action: "/signin/x/consent",
          cancel: "/signin/x/refuse",
          client: { ...client.metadata, sandbox: true, host: "library.example" },
          contextMessage: "借書證 B-115-000042",
          party: { name: "林𡘙美", kind: mandateTitles.guardian },
          items: [
            { scope: "name", label: both("姓名", "Name"), optional: false, value: "林美惠" },
            {
              scope: "address.registered",
              label: both("戶籍地", "Registered address"),
              optional: false,
              value: "臺北市 大安區 龍淵里",
              source: { agency: agencies.interior },
            },
            {
              scope: "birth_date",
              label: both("出生日期", "Date of birth"),
              optional: true,
              value: "1974-05-18",
              source: { agency: agencies.interior },
            },
            {
              scope: "income.class",
              label: both("福利身分", "Household income class"),
              optional: true,
              missing: "source-unavailable",
              source: { agency: agencies.social },
            },
          ],
        },
        lang,
        chrome,
      ),
  },
  { name: "provider-sandbox-only", render: (lang, chrome) => sandboxOnlyPage(lang, chrome) },
  {
    name: "provider-sign-out",
    render: (lang, chrome) => signOutPage({ action: "/oidc/session/end/confirm", xsrf: "x" }, lang, chrome),
  },
  { name: "provider-signed-out", as: "nobody", render: (lang, chrome) => signedOutPage(lang, chrome) },
  {
    name: "provider-fault",
    as: "nobody",
    render: (lang, chrome) =>
      protocolFaultPage(
        {
          error: "invalid_redirect_uri",
          description: "redirect_uri did not match any of the client's registered redirect_uris",
        },
        lang,
        chrome,
      ),
  },
  {
    name: "developers",
    render: (lang, chrome) =>
      developersPage({ issuer: "https://portal.example/oidc", clients: [sandbox, client], now }, lang, chrome),
  },
  {
    name: "developers-register",
    render: (lang, chrome) =>
      clientFormPage(
        {
          action: "/developers/register",
          form,
          scopes,
          errors: [{ field: "redirectUris", text: both("每行一個完整的網址。", "One whole address a line.") }],
        },
        lang,
        chrome,
      ),
  },
  {
    name: "developers-client",
    render: (lang, chrome) =>
      clientPage({ client: sandbox, failures, counted, acts: [], errors: [], now }, lang, chrome),
  },
  {
    name: "developers-client-stopped",
    render: (lang, chrome) =>
      clientPage(
        { client: { ...client, status: "stopped" }, failures: [], counted: [], acts: [stopAct], errors: [], now },
        lang,
        chrome,
      ),
  },
  { name: "relying-parties", as: "nobody", render: (lang, chrome) => relyingPartiesPage([listed], lang, chrome) },
  {
    name: "relying-parties-decide",
    as: "officer",
    render: (lang, chrome) =>
      decideClientsPage(
        {
          waiting: [
            { client: { ...client, status: "asked" }, approvals: 1, acts: [] },
            { client: { ...client, id: "client-stopped", status: "stopped" }, approvals: 0, acts: [stopAct] },
          ],
          working: [client],
          officer: "somebody",
        },
        lang,
        chrome,
      ),
  },
  {
    name: "account-sites",
    render: (lang, chrome) =>
      releasesPage(
        {
          labels,
          releases: [
            {
              id: Buffer.from("01", "hex"),
              name,
              owner: client.owner,
              environment: "sandbox",
              scopes: ["openid", "birth_date", "address.registered"],
              at: now,
              person_id: client.manager_id,
              person: "林美惠",
              party: "林𡘙美",
              live: true,
            },
          ],
        },
        lang,
        chrome,
      ),
  },
];
