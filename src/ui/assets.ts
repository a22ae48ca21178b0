import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** One file for browsers. Its address holds its hash, so it may be kept for ever. */
export interface Asset {
  /** Path on the site, for example `/assets/style-1a2b3c4d5e.css`. */
  readonly url: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** `public, max-age=31536000, immutable` */
  readonly cacheControl: string;
}

/** Everything under `/assets/`. */
export interface Assets {
  readonly style: Asset;
  readonly icon: Asset;
  readonly script: Asset;
  /** The asset at a request path, if there is one. */
  find(path: string): Asset | undefined;
}

function asset(name: string, extension: string, contentType: string, bytes: Uint8Array): Asset {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  return {
    url: `/assets/${name}-${hash}.${extension}`,
    contentType,
    bytes,
    cacheControl: "public, max-age=31536000, immutable",
  };
}

function bundle(): Uint8Array {
  const entry = fileURLToPath(new URL("../../web/index.ts", import.meta.url));
  if (!existsSync(entry)) throw Object.assign(new Error(`no browser code at ${entry}`), { code: "asset-missing" });
  const built = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
  });
  return built.outputFiles[0]!.contents;
}

let made: Assets | undefined;

/** The assets, read and bundled at first use and then kept in memory. */
export function assets(): Assets {
  if (made) return made;
  const here = (file: string): Uint8Array => readFileSync(new URL(file, import.meta.url));
  const sheets = readdirSync(new URL("./style/", import.meta.url)).sort();
  const sheet = Buffer.concat(sheets.map((name) => here(`./style/${name}`)));
  const style = asset("style", "css", "text/css; charset=utf-8", sheet);
  const icon = asset("icon", "svg", "image/svg+xml", here("./icon.svg"));
  const script = asset("taroko", "js", "text/javascript; charset=utf-8", bundle());
  const byPath = new Map([style, icon, script].map((one) => [one.url, one]));
  made = { style, icon, script, find: (path) => byPath.get(path) };
  return made;
}
