import { own } from "./own.js";
import { begin } from "./run.js";

/**
 * Opens an account at a broker: the gateway makes the transaction. What is known of the user fills in the form; what of
 * it cannot be used the gateway leaves out, and says so.
 */
export function openAccount(userDetails, loginCta) {
  const known = own(userDetails);
  const details = own();
  for (const key of ["name", "email", "contact", "pinCode"]) details[key] = String(known[key] ?? "");
  return begin({ intent: "ACCOUNT_OPENING", userDetails: details, loginCta });
}
