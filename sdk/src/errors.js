/**
 * An error in the words of the interface: `message` is its name (`market_closed`), `code` its number or null, `data`
 * what the gateway added or null. `description` is for the developer who reads it.
 */
export function failure(message, code = null, description = "", data = null) {
  return Object.assign(new Error(message), { code, data, description });
}

/** The error for a violation of the page's Content-Security-Policy against the gateway; null for any other. */
export function blockedBy({ effectiveDirective, disposition, blockedURI }, directive, host) {
  if (!host || effectiveDirective !== directive || disposition !== "enforce") return null;
  const isOurs = directive === "form-action" || `${blockedURI}/`.startsWith(`${new URL(host).origin}/`);
  if (!isOurs) return null;
  return failure("csp_blocked", 9002, `The page's CSP needs ${directive} ${host}`);
}

/** What a partner needs to ask their own server: this page does not know how the transaction ended. */
export function unknown(transactionId) {
  return { transactionId, outcome: "unknown" };
}
