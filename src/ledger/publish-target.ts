import type { ReadLogFile } from "./log-files.ts";

/** A place that a log is published to: a folder, or a bucket. What it holds is never trusted, always compared. */
export interface PublishTarget {
  /** What operators call it. Holds no secret. */
  readonly name: string;
  /** So many files are written at a time. */
  readonly atATime: number;
  /** Reads a file as it lies there. */
  readonly read: ReadLogFile;
  /** Puts a file where none is; false if one is there. Readers see all of it or nothing. */
  putNew(path: string, body: Uint8Array, kind: FileKind): Promise<boolean>;
  /**
   * Puts a file in the place of what `read` answered last; false if it is another one by now, as far as the place can
   * tell. Durable when it resolves.
   */
  replace(path: string, body: Uint8Array, kind: FileKind): Promise<boolean>;
  /** Resolves when everything put so far survives a crash of the place. */
  settle(): Promise<void>;
  /** Removes all partial forms of a full tile, where that costs nothing. */
  dropPartials(full: string): Promise<void>;
}

/** How a file is served: its type, and whether readers may keep it. */
export type FileKind = "immutable" | "checkpoint" | "page" | "listing";

/** Headers for each kind. @see C2SP tlog-tiles v0.1.0, parameters of the HTTP answers */
export const headersOf: Readonly<Record<FileKind, { readonly contentType: string; readonly cacheControl: string }>> = {
  immutable: { contentType: "application/octet-stream", cacheControl: "public, max-age=604800, immutable" },
  checkpoint: { contentType: "text/plain; charset=utf-8", cacheControl: "no-cache" },
  listing: { contentType: "application/json", cacheControl: "no-cache" },
  page: { contentType: "text/html; charset=utf-8", cacheControl: "no-cache" },
};
