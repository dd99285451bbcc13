/**
 * An error in the words of the interface: `message` is its name (`market_closed`), `code` its number or null, `data`
 * what the gateway added or null. `description` is for the developer who reads it.
 */
export function failure(message, code = null, description = "", data = null) {
  return Object.assign(new Error(message), { code, data, description });
}
