import { randomBytes } from "node:crypto";
import { Hono, type Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Language } from "#kernel";
import type { CardOffice, HandOver } from "./office.ts";
import { cardPage, findPage, officerPage } from "./office-pages.ts";
import { isOfficeAct, officeRefusals } from "./office-words.ts";
import type { Look, readerPage } from "./reader-pages.ts";

/** How the reader's app looks at a request and answers it. */
export interface Answering {
  readonly look: (c: Context) => Look;
  readonly answer: (
    c: Context,
    look: Look,
    page: ReturnType<typeof readerPage>,
    status: 200 | 422,
  ) => Response | Promise<Response>;
}

const cookie = "card-office";

/**
 * The card office's desk. An officer is one of the invented names, for a demonstration has nobody to keep out; the seat is
 * a random cookie all the same, so that no other page can act in their name.
 */
export function officeRoutes(office: CardOffice, officers: readonly string[], { look, answer }: Answering): Hono {
  const seats = new Map<string, string>();
  const app = new Hono();
  const officerOf = (c: Context) => seats.get(getCookie(c, cookie) ?? "");
  const languageOf = (c: Context): Language => look(c).language;
  const toDesk = (c: Context) => c.redirect(`/office?lang=${languageOf(c)}`, 303);
  const form = async (c: Context) =>
    Object.fromEntries(
      Object.entries(await c.req.parseBody()).map(([name, value]) => [name, typeof value === "string" ? value : ""]),
    );

  app.get("/office", (c) => {
    const here = look(c);
    const officer = officerOf(c);
    return answer(c, here, officer ? findPage(here, officer) : officerPage(here, officers), 200);
  });
  app.post("/office/enter", async (c) => {
    const { officer = "" } = await form(c);
    if (!officers.includes(officer)) return toDesk(c);
    const seat = randomBytes(32).toString("base64url");
    if (seats.size > 1000) seats.clear();
    seats.set(seat, officer);
    setCookie(c, cookie, seat, { path: "/office", httpOnly: true, sameSite: "Strict" });
    return toDesk(c);
  });
  app.post("/office/leave", (c) => {
    seats.delete(getCookie(c, cookie) ?? "");
    deleteCookie(c, cookie, { path: "/office" });
    return toDesk(c);
  });

  app.post("/office/find", async (c) => {
    const officer = officerOf(c);
    if (!officer) return toDesk(c);
    const number = ((await form(c))["number"] ?? "").trim().toUpperCase();
    const card = await office.find(number);
    const here = look(c);
    // A number of another form and one that no card has are told alike.
    if (!card) return answer(c, here, findPage(here, officer, officeRefusals.CARD_UNKNOWN[here.language]), 422);
    return c.redirect(`/office/cards/${card.number}?lang=${here.language}`, 303);
  });

  const show = async (
    c: Context,
    officer: string,
    number: string,
    more: { wrong?: string; done?: HandOver } = {},
  ): Promise<Response> => {
    const here = look(c);
    const card = await office.find(number);
    if (!card) return answer(c, here, findPage(here, officer, officeRefusals.CARD_UNKNOWN[here.language]), 422);
    return answer(c, here, cardPage(here, officer, card, more), more.wrong ? 422 : 200);
  };
  app.get("/office/cards/:number", async (c) => {
    const officer = officerOf(c);
    if (!officer) return toDesk(c);
    return show(c, officer, c.req.param("number"));
  });
  app.post("/office/cards/:number", async (c) => {
    const officer = officerOf(c);
    const { act = "", reason = "" } = await form(c);
    if (!officer || !isOfficeAct(act)) return toDesk(c);
    const number = c.req.param("number");
    const result = await office.act({ number, what: act, reason, officer });
    if (!result.ok) return show(c, officer, number, { wrong: officeRefusals[result.error.code][languageOf(c)] });
    return show(c, officer, result.value.number, { done: result.value });
  });
  app.post("/office/issue", async (c) => {
    const officer = officerOf(c);
    if (!officer) return toDesk(c);
    const given = await form(c);
    const holder = {
      nationalId: (given["nationalId"] ?? "").trim().toUpperCase(),
      surname: (given["surname"] ?? "").trim(),
      givenName: (given["givenName"] ?? "").trim(),
    };
    const result = await office.issue({ holder, reason: given["issue-reason"] ?? "", officer });
    const here = look(c);
    if (!result.ok)
      return answer(c, here, findPage(here, officer, officeRefusals[result.error.code][here.language]), 422);
    return show(c, officer, result.value.number, { done: result.value });
  });
  return app;
}
