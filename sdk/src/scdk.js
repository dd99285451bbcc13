import { blockedBy, failure, unknown } from "./errors.js";
import { Flow } from "./flow.js";
import { openAccount } from "./leads.js";
import { unfinished } from "./memory.js";
import { call, isMixed, MIXED, noAnswer } from "./wire.js";

const SCRIPT = import.meta.url;
const PARAMETER = "torana_transaction";
const ID = /^TRX_\w+$/;
const OWN_MACHINE = /\/\/(localhost|127\.|\[::1)/; // most browsers let an https page call http there
const NO_ORIGIN = "This page has no origin: it is a data: address, or its iframe's sandbox lacks allow-same-origin.";

let instance;
let settings = {};
let refusal; // of the gateway, for the present token
let running;

/** Connects a page with its gateway. One instance a page: a later `new` gives it again, with what it is called with. */
export class scDK {
  constructor(options) {
    if (!instance && globalThis.document) document.addEventListener("securitypolicyviolation", noteBlockedCall);
    instance = instance || this;
    const { gateway, smallcaseAuthToken, config } = options || {};
    const next = { ...settings, gateway, authToken: smallcaseAuthToken };
    if (config || !settings.host) {
      const { amo, returnUrl, redirect, host } = config || {};
      Object.assign(next, { returnUrl, redirect, amo: String(amo) === "true", host: hostOf(host) });
    }
    if (Object.keys(next).some((name) => next[name] !== settings[name])) {
      settings = next;
      refusal = null;
      lookOnWith(settings);
      if (!problem()) openSession().catch(() => {}); // told by the next triggerTransaction
    }
    return instance;
  }

  /** Sets another auth token. A transaction that runs goes on with its own. */
  async init(options) {
    settings = { ...settings, authToken: (options && options.smallcaseAuthToken) || null };
    refusal = problem();
    lookOnWith(settings);
    if (refusal) throw refusal;
    return openSession();
  }

  /** Call it in the click: the pop-up opens before it returns. */
  triggerTransaction(options) {
    const { transactionId, brokers } = options || {};
    const wrong = problem() || refusal || (!ID.test(transactionId) && failure("invalid_transactionId", 3002));
    if (wrong) return refused(wrong, transactionId);
    if (!isRunning()) {
      running = new Flow(settings, transactionId, [].concat(brokers || []).join());
      running.launch();
    } else if (running.isResumed && running.transactionId === transactionId) {
      running.settings = settings; // the token of this call, not of the one that took it up
      running.launch();
    } else {
      return busy();
    }
    return running.promise;
  }

  /** Opens an account at a broker. The promise resolves when the flow has ended, whatever the end. */
  signup(userDetails) {
    return lead(userDetails);
  }

  triggerLeadGen(userDetails) {
    return lead(userDetails);
  }

  triggerLeadGenWithStatus(userDetails) {
    return lead(userDetails);
  }

  triggerLeadGenWithLoginCta(userDetails, _utm, showLoginCta = true) {
    return lead(userDetails, showLoginCta);
  }

  /** The promise of the transaction that a redirect or a reload interrupted; null when there is none. */
  resume() {
    if (isRunning()) return running.promise;
    const address = new URL(location.href);
    const returned = address.searchParams.get(PARAMETER);
    const transactionId = returned || Object.keys(unfinished()).pop();
    if (!ID.test(transactionId)) return null;
    const wrong = problem() || refusal;
    if (wrong) return refused(wrong, transactionId);
    if (returned) {
      address.searchParams.delete(PARAMETER);
      history.replaceState(history.state, "", address);
    }
    running = new Flow(settings, transactionId);
    running.resume();
    return running.promise;
  }
}

function lead(userDetails, loginCta) {
  const wrong = problem() || refusal;
  if (wrong) return refused(wrong);
  if (isRunning()) return busy();
  running = openAccount(settings, userDetails, loginCta);
  return running.promise;
}

function busy() {
  if (running.window) running.window.focus();
  return Promise.reject(failure("transaction_in_process", 3003, `${running.transactionId} is not finished.`));
}

function isRunning() {
  return running && !running.settled;
}

/** A transaction that was only taken up is looked at with the later token: another user does not go on with it. */
function lookOnWith(settings) {
  if (isRunning()) running.lookOnWith(settings, problem());
}

/** Nobody asked the gateway. What this tab began before may have been confirmed all the same. */
function refused({ message, code, description }, transactionId) {
  const data = transactionId in unfinished() ? unknown(transactionId) : null;
  return Promise.reject(failure(message, code, description, data));
}

/** What is wrong with the set-up, as an error. */
function problem() {
  const { host, gateway, authToken } = settings;
  if (globalThis.origin === "null") return failure("invalid_gateway", null, NO_ORIGIN);
  if (!isText(gateway)) return failure("invalid_gateway");
  if (!host) return failure("init_sdk", 3004, "config.host is needed.");
  if (isMixed(host) && !OWN_MACHINE.test(host)) return failure("init_sdk", 3004, MIXED);
  if (authToken === undefined) return failure("init_sdk", 3004, "smallcaseAuthToken is needed.");
  if (isText(authToken)) return null;
  return failure("invalid_user_data", null, 'smallcaseAuthToken is needed, for guests too: {"guest": true}.');
}

function isText(value) {
  return value && typeof value === "string";
}

/** The gateway's address: what the page says, otherwise where this file came from. */
function hostOf(configured) {
  try {
    if (configured) return new URL(configured).href.replace(/\/+$/, "");
    const { origin, pathname } = new URL(SCRIPT);
    return /\/scdk\.m?js$/.test(pathname) && origin;
  } catch {
    return null;
  }
}

async function openSession() {
  const mine = settings;
  const { host, gateway, authToken } = mine;
  try {
    const { address, ...session } = await call(host, "session", { gateway, authToken });
    if (address) mine.host = address; // logins come back there: cookies of another name would be missing
    return session;
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve)); // a violation of the page's policy is told after the failure
    if (error.final && mine === settings) refusal = error;
    throw error.final ? error : refusal || failure("internal_error", 2000, noAnswer(host));
  }
}

/** A page whose policy forbids our calls would never learn the result: no window opens there. */
function noteBlockedCall(violation) {
  refusal = blockedBy(violation, "connect-src", settings.host) || refusal;
}
