import { own } from "./own.js";

const KEY = "torana.flows";

/** What this tab began and has no result of: transaction id -> {flow, brokers}, the latest last. */
let flows = {};

export function unfinished() {
  try {
    flows = JSON.parse(sessionStorage.getItem(KEY)) || flows;
  } catch {
    // this page may not use storage: what follows lives as long as the page
  }
  return flows;
}

/** The flow of a transaction, the same one after a reload. Its random key proves to the gateway that it is us. */
export function remember(transactionId, brokers) {
  const { [transactionId]: entry = { flow: randomKey(), brokers }, ...others } = unfinished();
  store({ ...others, [transactionId]: entry });
  return own(entry);
}

export function forget(transactionId) {
  const { [transactionId]: _, ...others } = unfinished();
  store(others);
}

function store(entries) {
  flows = own(entries);
  for (const id in flows) flows[id] = own(flows[id]);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(flows));
  } catch {
    // as above
  }
}

/** 32 hexadecimal digits. */
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
