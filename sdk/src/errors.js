/**
 * An error in the words of the interface: `message` is its name (`market_closed`), `code` its number or null, `data`
 * what the gateway added or null. `description` is for the developer who reads it.
 */
export function failure(message, code = null, description = "", data = null) {
  return Object.assign(new Error(message), { code, data, description });
}

/** The error for a violation of the page's Content-Security-Policy against the gateway; null for any other. */
export function blockedBy({ effectiveDirective, disposition, blockedURI }, directive, host) {
  const isOurs = directive === "form-action" || String(blockedURI).startsWith(new URL(host).origin);
  if (effectiveDirective !== directive || disposition !== "enforce" || !isOurs) return null;
  return failure("csp_blocked", 9002, `The page's CSP needs ${directive} ${host}`);
}
