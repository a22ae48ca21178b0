/**
 * The headers of every answer a browser may render. Scripts, styles and pictures come from this origin only, nothing is
 * inline; forms go to this origin and to the ones named (the card reader); nobody may frame us.
 */
export function securityHeaders(options: { formTargets?: readonly string[]; https: boolean }): Record<string, string> {
  const forms = ["'self'", ...(options.formTargets ?? [])].join(" ");
  return {
    "Content-Security-Policy": `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...(options.https ? { "Strict-Transport-Security": "max-age=63072000; includeSubDomains" } : {}),
  };
}
