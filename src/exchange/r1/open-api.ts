import { err, ok, type Result } from "#kernel";
import { parse as parseYaml, stringify as yamlText } from "yaml";
import type { MetaserviceAnswer } from "./metaservices.ts";

/** The code that a `getOpenAPI` query asks for: name without case, of several the last. */
export function askedService(query: string | undefined): string | undefined {
  const pairs = [...new URLSearchParams(query ?? "")];
  return pairs.findLast(([name]) => name.toLowerCase() === "servicecode")?.[1] || undefined;
}

/** Bytes of a description that are read. */
export const maxFetched: number = 4 * 1024 * 1024;

/**
 * A description as `getOpenAPI` passes it on: written anew (comments and spaces go), with the internal host gone from
 * each server's address, in the format and under the Content-Type it came with.
 * @param contentType as the service's system said; its last resort is the ending of the address
 * @returns the message of the refusal when it cannot be read; clients compare these texts
 */
export function passedOn(
  text: string,
  contentType: string | undefined,
  path: string,
): Result<MetaserviceAnswer, string> {
  const isJson = contentType?.includes("application/json") === true;
  const isYaml = !isJson && contentType === "application/x-yaml";
  const asJson = isJson || (!isYaml && path.endsWith(".json"));
  let document: unknown;
  try {
    document = asJson ? JSON.parse(text) : parseYaml(text, { maxAliasCount: 100, merge: false });
  } catch {
    return err(`Failed overwriting origin URL for the openapi servers for ${path}`);
  }
  const version = isObject(document) ? document["openapi"] : undefined;
  if (version !== undefined && !(typeof version === "string" && version.startsWith("3."))) {
    return err(
      "Incompatible openapi version. Openapi version 3 or greater expected. " +
        `Given openapi document is of version ${JSON.stringify(version)}`,
    );
  }
  const hidden = withoutHosts(document);
  return ok({
    contentType: contentType ?? "text/plain",
    body: asJson ? JSON.stringify(hidden) : yamlText(hidden, { aliasDuplicateObjects: false }),
  });
}

/** Of each server's address the path; one with variables stays as it is. */
export function withoutHosts(document: unknown): unknown {
  const servers = isObject(document) ? document["servers"] : undefined;
  if (!isObject(document) || !Array.isArray(servers)) return document;
  return {
    ...document,
    servers: servers.map((server: unknown) => {
      const url = isObject(server) ? server["url"] : undefined;
      if (!isObject(server) || typeof url !== "string" || (url.includes("{") && url.includes("}"))) return server;
      return { ...server, url: /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? "" };
    }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
