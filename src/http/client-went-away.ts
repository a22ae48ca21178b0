/** Whether a request failed only because the one who asked closed the connection: nobody's fault, and nobody to answer. */
export function clientWentAway(request: Request, fault: Error): boolean {
  const { code } = fault as { code?: string };
  const ofConnection = code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE" || fault.name === "AbortError";
  return request.signal.aborted && ofConnection;
}
