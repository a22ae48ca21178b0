import { Browser, personas, playOthers, playStory, signIn } from "#demo";
import { casesOf } from "#services";
import { findPerson } from "#identity";
import { withCountry } from "./country.ts";
import { printTable, quantile, sample } from "./figures.ts";

/** Aim: server time under 30 ms at the 95th percentile on the demonstration's data. One visitor at a time, over HTTP. */
export async function benchPages(): Promise<void> {
  await withCountry(8720, async (country) => {
    await playStory(country, () => undefined);
    await playOthers(country);
    const { portal } = country.portal;
    const person = (await findPerson(portal.identity, personas[0]!.nationalId))!;
    const [own] = await casesOf(portal.database, person.id, 1);
    const citizen = new Browser(country.portalUrl);
    await signIn(country, citizen, "lin-meihui", "/");
    const officer = new Browser(country.portalUrl);
    await signIn(country, officer, "officer-wang", "/desk");
    const waiting = (await officer.get("/desk")).html.match(/\/desk\/[0-9a-f-]{36}/)![0];
    const draft = (await citizen.get("/services/assistive-device-subsidy/start?for=self")).url.pathname;

    const pages: [Browser, string][] = [
      ...[
        "/",
        "/search?q=walker",
        "/services",
        "/services/assistive-device-subsidy",
        "/sign-in",
        "/applications",
        `/applications/${own!.id}`,
        draft,
        "/my-data/usage",
        "/my-data/agreements",
        "/act-for",
        "/record",
        "/rules",
        "/about",
      ].map((path): [Browser, string] => [citizen, path]),
      [officer, "/desk"],
      [officer, waiting],
    ];
    const rows: (string | number)[][] = [];
    const all: number[] = [];
    for (const [browser, path] of pages) {
      const samples = await sample(100, 10, async () => {
        const page = await browser.get(path);
        if (page.status !== 200) throw new Error(`${path} answers ${page.status}`);
      });
      all.push(...samples);
      rows.push([path.replace(/[0-9a-f-]{36}/, "…"), quantile(samples, 0.5), quantile(samples, 0.95)]);
    }
    rows.push(["all", quantile(all, 0.5), quantile(all, 0.95)]);
    printTable(["page", "p50, ms", "p95, ms"], rows);
  });
}
