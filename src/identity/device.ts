/** Browsers by the mark each leaves in its description; one that imitates others comes before those it imitates. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg(?:e|A|iOS)?\//, "Edge"],
  [/OPR\/|Opera/, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/Version\/.*Safari\//, "Safari"],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPod/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/**
 * Pure: a browser's description (`User-Agent`) as a few words by which a person knows their device again, such as
 * `Firefox, Windows`. Descriptions lie and change, so nothing may rest on it.
 */
export function deviceName(userAgent: string): string | undefined {
  const found = [browsers, systems].flatMap((table) => table.find(([mark]) => mark.test(userAgent))?.[1] ?? []);
  return found.length > 0 ? found.join(", ") : undefined;
}
