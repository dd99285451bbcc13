import { failure } from "./errors.js";
import { own } from "./own.js";

/**
 * One call to the gateway; resolves with the `data` of its answer. Rejects with an error marked `final` when the
 * gateway refused, and with any other error when the same call may succeed later: no network, a server that restarts.
 *
 * The body goes as text/plain, so that no preflight is needed, and without cookies.
 */
export async function call(host, path, body, signal) {
  const how = own({ method: "POST", body: JSON.stringify(own(body)), credentials: "omit", signal });
  const response = await fetch(`${host}/portal/sdk/${path}`, how);
  const { data, errors, message } = own(await response.json());
  if (response.ok && data) {
    const told = own(data);
    if (told.warnings) told.warnings.forEach((text) => console.warn("scDK:", text)); // for the page's developer
    return told;
  }
  const refused = errors && response.status < 500 && response.status !== 429;
  throw Object.assign(failure(refused ? errors[0] : "no answer", null, message), { final: refused });
}

/** What a developer looks at first: a refused origin and a network that is away look alike to a page. */
export function noAnswer(host) {
  const why = isMixed(host) ? MIXED : `Is ${self.origin} an allowed origin? Does the CSP allow it?`;
  return `No answer from ${host}. ${why}`;
}

export const MIXED = "This page is https and the gateway http: browsers block that.";

export function isMixed(host) {
  return /^https:/.test(globalThis.origin) && /^http:/.test(host);
}
