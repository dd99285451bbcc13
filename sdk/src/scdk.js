import { openAccount } from "./leads.js";
import { listen, stopListening } from "./progress.js";
import { begin, change, setUp, takeUp, trigger } from "./run.js";

let instance;

/** Connects a page with its gateway. One instance a page: a later `new` gives it again, with what it is called with. */
export class scDK {
  constructor(options) {
    instance = instance || this;
    setUp(options);
    return instance;
  }

  /** Sets another auth token. A transaction that runs goes on with its own. */
  init(options) {
    return change(options);
  }

  /** Call it in the click: the pop-up opens before it returns. */
  triggerTransaction(options, _, brokers) {
    const { transactionId, brokers: offered } = options || {};
    return trigger(transactionId || options, offered || brokers);
  }

  triggerMfTransaction(options) {
    return this.triggerTransaction(options);
  }

  /** The promise of the transaction that a redirect or a reload interrupted; null when there is none. */
  resume() {
    return takeUp();
  }

  /** A guest's login at a broker, without a transaction of the partner's server. */
  connect() {
    return begin({ intent: "CONNECT" });
  }

  /** Opens an account at a broker. The promise resolves when the flow has ended, whatever the end. */
  signup(userDetails) {
    return openAccount(userDetails, false);
  }

  triggerLeadGen(userDetails) {
    return this.signup(userDetails);
  }

  triggerLeadGenWithStatus(userDetails) {
    return this.signup(userDetails);
  }

  triggerLeadGenWithLoginCta(userDetails, _, showLoginCta) {
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
}
