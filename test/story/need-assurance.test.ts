import assert from "node:assert/strict";
import { test } from "node:test";
import { storyCountry, titleOf } from "./country.ts";

const country = await storyCountry(13_800);
const services = country.running.portal.portal.country.services;
const service = services.find(({ id }) => id === "assistive-device-subsidy")!;
const need = service.dataNeeds[0]!;

test("a data need that demands more than the service does asks for the proof there, and loses nothing", async () => {
  Object.assign(need, { assurance: { acr: "urn:taroko:loa:high" } });
  try {
    const zhang = await country.visitor().signIn("zhang-zhiming");
    assert.match(
      (await zhang.open("/services/assistive-device-subsidy", { language: "en" })).html,
      /Sign in with your card/,
    );
    // A card shown a quarter of an hour ago: enough to start, not enough for these data.
    await country.database("portal").run("update identity.session set auth_time = auth_time - interval '16 minutes'");
    const start = await zhang.open("/services/assistive-device-subsidy/start?for=self");
    const id = start.url.pathname.split("/")[2]!;
    assert.ok(start.url.pathname.endsWith("/consent"), titleOf(start.html));
    const consent = `/apply/${id}/consent`;
    const asked = await zhang.ask(consent, { form: await zhang.fill(consent, consent, { answer: "agree" }) });
    const prove = new URL(asked.headers.get("location")!, country.running.portalUrl);
    assert.equal(prove.pathname, "/prove");
    assert.equal(prove.searchParams.get("with"), "card", "a passkey would not be enough");
    const facts = async () =>
      (await country
        .database("portal")
        .one<{ n: number }>("select count(*)::int as n from services.case_event where type = 'facts-added'"))!.n;
    assert.equal(await facts(), 0, "nothing was fetched");
    assert.doesNotMatch((await zhang.open(prove.pathname + prove.search)).html, /passkey-form/);

    await zhang.signIn("zhang-zhiming", prove.searchParams.get("next")!);
    const kept = await zhang.open(prove.searchParams.get("next")!);
    const action = /action="(\/apply\/[^"]+)"/.exec(kept.html)?.[1];
    assert.ok(action, titleOf(kept.html));
    const next = await zhang.send(kept.url.pathname, {}, action);
    assert.match(next.url.pathname, /fetched|question/, "the consent given before stands");
    assert.equal(next.status, 200);
    assert.equal(await facts(), 1);
  } finally {
    Object.assign(need, { assurance: undefined });
  }
});
