import { blockedBy, failure, unknown } from "./errors.js";
import { Flow } from "./flow.js";
import { randomKey, unfinished } from "./memory.js";
import { own } from "./own.js";
import { call, isMixed, MIXED, noAnswer } from "./wire.js";

const SCRIPT = import.meta.url;
const PARAMETER = "torana_transaction";
const ID = /^TRX_\w+$/;
const OWN_MACHINE = /\/\/(localhost|127\.|\[::1)/; // most browsers let an https page call http there
const NO_PAGE = "There is no page: call it in a browser.";
const NO_ORIGIN = "This page has no origin: it is a data: address, or its iframe's sandbox lacks allow-same-origin.";

let settings = own();
let refusal; // of the gateway, for the present token
let running;

/** What a page is set up with, by `new` and by a later one. */
export function setUp(options) {
  if (!globalThis.document) return; // a server that renders pages keeps nobody's token
  document.addEventListener("securitypolicyviolation", noteBlockedCall); // once: it is the same one
  const { gateway, config } = own(options);
  const next = own({ ...settings, gateway, authToken: tokenOf(options) });
  if (config || !settings.host) {
    const { amo, returnUrl, redirect, host, language = "" } = own(config);
    Object.assign(next, { returnUrl, redirect, language: String(language), amo: String(amo) === "true", host: hostOf(host) });
  }
  if (Object.keys(next).every((name) => next[name] === settings[name])) return;
  settings = next;
  refusal = null;
  lookOnWith(settings);
  if (!problem()) openSession().catch(() => {}); // told by the next flow
}

/** Another token, from now on; where none is given the present one stays and is looked at again. */
export async function change(options) {
  const { authToken = null } = settings;
  const given = tokenOf(options);
  settings = own({ ...settings, authToken: given === undefined ? authToken : given || null });
  refusal = problem();
  lookOnWith(settings);
  if (refusal) throw refusal;
  return openSession();
}

/** The promise of a transaction that the partner's server made. */
export function trigger(transactionId, brokers) {
  const noId = !isId(transactionId) && failure("invalid_transactionId", 3002, "Pass the TRX_… id from your server.");
  const wrong = problem() || refusal || noId;
  if (wrong) return refused(wrong, transactionId);
  return start(transactionId, brokers);
}

/**
 * The promise of a flow that needs nothing of the partner's server: the gateway makes the transaction of `wanted`, the
 * body of a create whose intent a page may ask for by itself. Call it in the click.
 */
export function begin(wanted) {
  const wrong = problem() || refusal;
  return wrong ? Promise.reject(wrong) : start(`TRX_${randomKey()}`, [], { wanted: own(wanted) });
}

/** What the gateway answers at once, without a flow. */
export async function asked(path, more) {
  const wrong = problem() || refusal;
  if (wrong) throw wrong;
  const { host, gateway, authToken } = settings;
  try {
    return { ...(await call(host, path, { gateway, authToken, ...more })) };
  } catch (error) {
    throw error.final ? error : failure("internal_error", 2000, noAnswer(host));
  }
}

function start(transactionId, brokers, wanted) {
  if (!isRunning()) {
    running = new Flow(settings, transactionId, [].concat(brokers).filter(isText).join(), wanted);
    running.launch();
  } else if (running.isResumed && running.transactionId === transactionId) {
    running.settings = settings; // the token of this call, not of the one that took it up
    running.launch();
  } else {
    if (running.window) running.window.focus();
    return Promise.reject(failure("transaction_in_process", 3003, `${running.transactionId} is still open.`));
  }
  return running.promise;
}

/** The promise of what a redirect or a reload interrupted; null when there is none. */
export function takeUp() {
  if (isRunning()) return running.promise;
  if (!globalThis.document) return null;
  const address = new URL(location.href);
  const returned = address.searchParams.get(PARAMETER);
  const transactionId = returned || Object.keys(unfinished()).pop();
  if (!isId(transactionId)) return null;
  const wrong = problem() || refusal;
  if (wrong) return refused(wrong, transactionId);
  if (returned) {
    address.searchParams.delete(PARAMETER);
    try {
      history.replaceState(history.state, "", address);
    } catch {
      // a page that may not change its address goes on with this one
    }
  }
  running = new Flow(settings, transactionId);
  running.resume();
  return running.promise;
}

/** The token by its name of today, or as clients of old send it. */
function tokenOf(options) {
  if (typeof options === "string") return options;
  const { smallcaseAuthToken, userData } = own(options);
  if (smallcaseAuthToken !== undefined) return smallcaseAuthToken;
  return userData && typeof userData === "object" ? own(userData).smallcaseAuthToken : userData;
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
  const data = isId(transactionId) && transactionId in unfinished() ? unknown(transactionId) : null;
  return Promise.reject(failure(message, code, description, data));
}

/** What is wrong with the set-up, as an error. */
function problem() {
  const { host, gateway, authToken } = settings;
  if (!globalThis.document) return failure("init_sdk", 3004, NO_PAGE);
  if (globalThis.origin === "null") return failure("invalid_gateway", null, NO_ORIGIN);
  if (!isText(gateway)) return failure("invalid_gateway", null, "Set gateway to the name of yours.");
  if (!host) return failure("init_sdk", 3004, "Set config.host.");
  if (isMixed(host) && !OWN_MACHINE.test(host)) return failure("init_sdk", 3004, MIXED);
  if (authToken === undefined) return failure("init_sdk", 3004, "Set smallcaseAuthToken.");
  if (isText(authToken)) return null;
  return failure("invalid_user_data", null, 'smallcaseAuthToken is needed, for guests too: {"guest": true}.');
}

function isText(value) {
  return value && typeof value === "string";
}

function isId(value) {
  return isText(value) && ID.test(value);
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
  const { host, gateway, authToken, language } = mine;
  try {
    const { address, words, warnings, ...session } = await call(host, "session", { gateway, authToken, language });
    if (address) mine.host = address; // logins come back there
    mine.words = words; // of the investor's language, by the English ones; none where it is English
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
