/** What the authority said to a signed text. */
export interface AuthorityAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Sends a signed text to the authority. Addresses are tried in order, since some of them may be mirrors, which answer
 * 404 or 405 to what they do not take. Nothing when none of them is the authority, or none answers.
 */
export async function postToAuthority(
  urls: readonly string[],
  path: string,
  jws: string,
): Promise<AuthorityAnswer | undefined> {
  for (const url of urls) {
    try {
      const answer = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/jose" },
        body: jws,
        signal: AbortSignal.timeout(10_000),
      });
      const body = (await answer.json().catch(() => undefined)) as AuthorityAnswer["body"] | undefined;
      if (body !== undefined && answer.status !== 405) return { status: answer.status, body };
    } catch {
      // The next address may answer.
    }
  }
  return undefined;
}
