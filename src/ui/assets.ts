import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
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

const immutable = "public, max-age=31536000, immutable";

function asset(name: string, extension: string, contentType: string, bytes: Uint8Array): Asset {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  return {
    url: `/assets/${name}-${hash}.${extension}`,
    contentType,
    bytes,
    cacheControl: immutable,
  };
}

interface Bundle {
  readonly main: Uint8Array;
  /** What the main file loads only when it is needed. Their names hold their hashes, and the main file names them. */
  readonly parts: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

function bundle(): Bundle {
  const entry = fileURLToPath(new URL("../../web/index.ts", import.meta.url));
  if (!existsSync(entry)) throw Object.assign(new Error(`no browser code at ${entry}`), { code: "asset-missing" });
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    write: false,
    outdir: "/",
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
  });
  const files = outputFiles.map(({ path, contents }) => ({ name: basename(path), bytes: contents }));
  const main = files.find(({ name }) => name === "index.js")!;
  return { main: main.bytes, parts: files.filter((file) => file !== main) };
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
  const { main, parts } = bundle();
  const contentType = "text/javascript; charset=utf-8";
  const script = asset("taroko", "js", contentType, main);
  const later = parts.map(({ name, bytes }) => ({
    url: `/assets/${name}`,
    contentType,
    bytes,
    cacheControl: immutable,
  }));
  const byPath = new Map([style, icon, script, ...later].map((one) => [one.url, one]));
  made = { style, icon, script, find: (path) => byPath.get(path) };
  return made;
}
