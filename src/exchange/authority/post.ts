import { readUpTo } from "#kernel";

/** What the authority said to a signed text. */
export interface AuthorityAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Bytes of an answer: a member's requests and the rights others ask of it. */
const largest = 4 * 1024 * 1024;

/**
 * Sends a signed text to the authority itself. A mirror never gets one, nor whoever an answer redirects to: the text may
 * hold an invitation, and the answer, unlike a configuration, proves nothing by itself. Nothing when nobody answers.
 */
export async function postToAuthority(url: string, path: string, jws: string): Promise<AuthorityAnswer | undefined> {
  try {
    const answer = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/jose" },
      body: jws,
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
    const bytes = await readUpTo(answer.body ?? [], largest);
    const body: unknown = JSON.parse(Buffer.from(bytes ?? []).toString("utf8"));
    if (typeof body !== "object" || body === null) return undefined;
    return { status: answer.status, body: body as AuthorityAnswer["body"] };
  } catch {
    return undefined;
  }
}
