import { failure } from "./errors.js";
import { openAccount } from "./leads.js";
import { own } from "./own.js";
import { listen, stopListening } from "./progress.js";
import { asked, begin, change, setUp, takeUp, trigger } from "./run.js";

const VERSION = "development"; // the build puts the release here

let instance;

/**
 * Connects a page with its gateway. One instance a page: a later `new` gives it again, with what it is called with.
 *
 * What gives a promise is async, so that it never throws in the click; up to its first wait it runs within the click.
 */
export class scDK {
  constructor(options) {
    instance = instance || this;
    setUp(options);
    return instance;
  }

  get version() {
    return VERSION;
  }

  /** Sets another auth token. A transaction that runs goes on with its own. */
  init(options) {
    return change(options);
  }

  /** Call it in the click: the pop-up opens before it returns. Phones' clients send the id alone, the brokers third. */
  async triggerTransaction(options, _, brokers) {
    return triggered(options, brokers);
  }

  async triggerMfTransaction(options) {
    return triggered(options);
  }

  /** The promise of the transaction that a redirect or a reload interrupted; null when there is none. */
  resume() {
    return takeUp();
  }

  /** A guest's login at a broker, without a transaction of the partner's server. */
  async connect() {
    return begin({ intent: "CONNECT" });
  }

  /** A connected investor's orders, live, with a way to cancel what is open. Settles when they leave. */
  async showOrders() {
    return begin({ intent: "SHOW_ORDERS" });
  }

  /** The connected investor's logins end, at the broker where that can be and at the gateway. */
  brokerLogout() {
    return asked("logout");
  }

  /** Nothing more of what an investment in a basket lacks is to be ordered. */
  archiveSmallcase(iscid) {
    return asked("archive", { iscid });
  }

  /** Opens an account at a broker. The promise resolves when the flow has ended, whatever the end. */
  async signup(userDetails) {
    return openAccount(userDetails, false);
  }

  async triggerLeadGen(userDetails) {
    return this.signup(userDetails);
  }

  async triggerLeadGenWithStatus(userDetails) {
    return this.signup(userDetails);
  }

  async triggerLeadGenWithLoginCta(userDetails, _, showLoginCta) {
    return openAccount(userDetails, showLoginCta !== false);
  }

  on(step, listener) {
    listen(step, listener);
    return this;
  }

  off(step, listener) {
    stopListening(step, listener);
    return this;
  }

  fetchHoldings() {
    return notSupported("Your server reads holdings: GET /v1/{gateway}/engine/user/holdings.");
  }

  triggerSmallcaseOrder() {
    return notSupported("Your server creates the order: call triggerTransaction with its transactionId.");
  }

  /** The baskets, what the investor has of them, and their orders, in one window. Resolves when they leave. */
  async openSmallplug(options, params) {
    const { endpoint, path, params: filters = params } = own(options);
    const named = endpoint || path || (typeof options === "string" ? options : null);
    return begin({ intent: "SMALLPLUG", endpoint: named, params: typeof filters === "object" ? own(filters) : filters });
  }

  async launchSmallplug(endpoint, params) {
    return this.openSmallplug(endpoint, params);
  }
}

function triggered(options, third) {
  const { transactionId, brokers } = own(options);
  return trigger(transactionId || options, brokers || third);
}

/** What the interface knows and this version does not do. */
function notSupported(description) {
  return Promise.reject(failure("not_supported", null, description));
}
