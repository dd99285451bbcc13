import { asked, begin } from "./run.js";

/** A connected investor's orders, live, with a way to cancel what is open. Settles when they leave. */
export function ordersShown() {
  return begin({ intent: "SHOW_ORDERS" });
}

/** The connected investor's logins end, at the broker where that can be and at the gateway. */
export function loggedOut() {
  return asked("logout");
}
