import { err, ok, type Refusal, type Result } from "#kernel";
import { postToAuthority } from "../authority/post.ts";

export type AskRefusal = Refusal<"request-refused" | "authority-unreachable">;

/** Sends a signed request or question; what the authority refuses comes back with its reason. */
export async function sendToAuthority<Answer>(
  url: string,
  path: "/requests" | "/requests/mine",
  jws: string,
): Promise<Result<Answer, AskRefusal>> {
  const answer = await postToAuthority(url, path, jws);
  if (!answer) return err({ code: "authority-unreachable" });
  if (answer.status < 300) return ok(answer.body as Answer);
  const { reason } = answer.body;
  return err({
    code: "request-refused",
    params: { reason: typeof reason === "string" ? reason : `status-${answer.status}` },
  });
}
