/**
 * A site that signs people in with Taroko: everything it needs, in one file.
 *
 *   ISSUER=http://localhost:8080/oidc CLIENT_ID=sandbox-… node relying-party.mjs
 *
 * With CLIENT_KEY=key.json it follows the government profile (FAPI 2.0): it authenticates with that key, pushes its requests
 * and proves possession of a key with each token. `node relying-party.mjs --make-key` writes such a key and prints the
 * public half to register. SCOPE asks for attributes besides the name.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import * as openid from "openid-client";

const port = Number(process.env.PORT ?? 3000);
const home = `http://localhost:${port}`;
const redirectUri = `${home}/callback`;
const keyFile = process.env.CLIENT_KEY;
const scope = process.env.SCOPE ?? "openid name";

if (process.argv[2] === "--make-key") {
  const { privateKey, publicKey } = await openid.randomDPoPKeyPair("ES256", { extractable: true });
  const head = { kid: randomBytes(6).toString("hex"), alg: "ES256", use: "sig" };
  const jwk = (key) =>
    crypto.subtle.exportKey("jwk", key).then(({ kty, crv, x, y, d }) => ({ ...head, kty, crv, x, y, d }));
  writeFileSync("key.json", JSON.stringify(await jwk(privateKey)), { mode: 0o600 });
  console.log(JSON.stringify({ keys: [await jwk(publicKey)] }, null, 2));
  process.exit();
}

// Everything about the provider comes from its discovery document.
const issuer = new URL(process.env.ISSUER ?? "http://localhost:8080/oidc");
const config = await openid.discovery(
  issuer,
  process.env.CLIENT_ID ?? "",
  { id_token_signed_response_alg: "ES256" },
  keyFile ? await authenticateWith(keyFile) : openid.None(),
  // Only for a provider on your own machine; in production everything is https.
  issuer.protocol === "http:" ? { execute: [openid.allowInsecureRequests] } : {},
);

/** What this site remembers of each browser, under a random cookie. A real site keeps it in its own session store. */
const sessions = new Map();

createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", home);
  const [id, session] = sessionOf(request, response);
  try {
    if (url.pathname === "/sign-in") return redirect(response, await begin(session));
    if (url.pathname === "/callback") {
      const user = await finish(session, url);
      // A new session for a signed-in person: one planted in the browser before is worth nothing.
      sessions.delete(id);
      const [, fresh] = newSession(response);
      Object.assign(fresh, user);
      return redirect(response, "/");
    }
    if (url.pathname === "/sign-out") {
      sessions.delete(id);
      const out = { id_token_hint: session.idToken ?? "", post_logout_redirect_uri: `${home}/` };
      return redirect(response, openid.buildEndSessionUrl(config, out).href);
    }
    if (url.pathname !== "/") return page(response, 404, "<p>Not here.</p>");
    if (!session.claims) return page(response, 200, '<p><a href="/sign-in">Sign in with Taroko</a></p>');
    const { claims, user } = session;
    page(
      response,
      200,
      `<p>Hello, <b>${safe(user.name)}</b>.</p>
       <p>We know you as <code>${safe(claims.sub)}</code>; no other organisation does.</p>
       <p>You proved who you are at the level <code>${safe(claims.acr)}</code>.</p>
       <pre>${safe(JSON.stringify(user, null, 2))}</pre>
       <p><a href="/sign-out">Sign out</a></p>`,
    );
  } catch (fault) {
    // The provider's own words, for the developer; the client's page at the provider says which claim was wrong.
    page(
      response,
      400,
      `<p>Signing in did not work: ${safe(fault.error ?? fault.code ?? fault.message)}.</p><p><a href="/">Back</a></p>`,
    );
  }
}).listen(port, "127.0.0.1", () => console.log(`${home} signs people in at ${issuer.href}`));

/** Sends the browser away with what only this browser may bring back. */
async function begin(session) {
  session.codeVerifier = openid.randomPKCECodeVerifier();
  session.state = openid.randomState();
  session.nonce = openid.randomNonce();
  session.proof = keyFile && openid.getDPoPHandle(config, await openid.randomDPoPKeyPair("ES256"));
  const parameters = {
    redirect_uri: redirectUri,
    scope,
    state: session.state,
    nonce: session.nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(session.codeVerifier),
    code_challenge_method: "S256",
    context_type: "sign-in",
  };
  const url = keyFile
    ? await openid.buildAuthorizationUrlWithPAR(config, parameters, { DPoP: session.proof })
    : openid.buildAuthorizationUrl(config, parameters);
  return url.href;
}

/** Exchanges the code for tokens and asks for the attributes; the library checks issuer, state, nonce, PKCE and signatures. */
async function finish(session, url) {
  const { codeVerifier, state, nonce, proof } = session;
  const checks = { pkceCodeVerifier: codeVerifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const options = proof ? { DPoP: proof } : {};
  const tokens = await openid.authorizationCodeGrant(config, url, checks, undefined, options);
  const claims = tokens.claims();
  const user = await openid.fetchUserInfo(config, tokens.access_token, claims.sub, options);
  return { claims, user, idToken: tokens.id_token };
}

async function authenticateWith(file) {
  const jwk = JSON.parse(readFileSync(file, "utf8"));
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  // FAPI 2.0: the audience of the assertion is the issuer, alone.
  return openid.PrivateKeyJwt({ key, kid: jwk.kid });
}

function sessionOf(request, response) {
  const id = /(?:^|; )rp=([\w-]{43})/.exec(request.headers.cookie ?? "")?.[1];
  return id && sessions.has(id) ? [id, sessions.get(id)] : newSession(response);
}

function newSession(response) {
  const id = randomBytes(32).toString("base64url");
  sessions.set(id, {});
  response.setHeader("set-cookie", `rp=${id}; Path=/; HttpOnly; SameSite=Lax`);
  return [id, sessions.get(id)];
}

function redirect(response, to) {
  response.writeHead(303, { location: to }).end();
}

function page(response, status, body) {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(`<!doctype html><html lang="en"><title>A relying party</title><main>${body}</main></html>`);
}

function safe(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
