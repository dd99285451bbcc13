// Lantern's page. It holds no secret: a short-lived token says who is here, a transaction's id says what is bought.

import { bench } from "./bench.js";
import { portfolio } from "./portfolio.js";
import { scenarios } from "./scenarios.js";

const at = (id) => document.getElementById(id);
const clone = (id) => at(id).content.firstElementChild.cloneNode(true);
const moment = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

let gateway;

async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.detail || `The shop answered ${answer.status}`);
  return data;
}

function trouble(message) {
  at("trouble").textContent = message || "";
  at("trouble").hidden = !message;
}

let shownFor;

function showAccount(session, brokers) {
  const broker = session.connected ? (brokers.find(({ key }) => key === session.broker)?.name ?? "your broker") : "";
  if (broker !== shownFor) {
    shownFor = broker;
    at("account").textContent = broker ? `Connected with ${broker}` : "Not connected yet";
    at("rows").replaceChildren(...(broker ? rowsOfInvestor(broker) : rowsOfGuest()));
  }
  if (broker) readConnection();
}

// What there is beside buying: a row each, with its one button.
function row(title, text, action, prepare) {
  const made = clone("row");
  made.querySelector("strong").textContent = title;
  made.querySelector("span").textContent = text;
  const button = made.querySelector("button");
  button.textContent = action;
  prepare(button);
  return made;
}

function rowsOfGuest() {
  return [
    row("Already have a broker?", "Log in there once. Nothing is bought.", "Connect", (button) => triggers(button, "/api/onboarding", {})),
    row("No broker yet?", "Open an account in a few minutes.", "Open a broker account", (button) => acts(button, openAccount)),
    rowOfFunds(),
  ];
}

function rowsOfInvestor(broker) {
  const login = row("Login", `Asking about ${broker}`, "Log out", (button) => acts(button, logOut));
  login.id = "login";
  return [
    login,
    row("Funds", `Your available funds at ${broker}.`, "Show funds", (button) => triggers(button, "/api/funds", {})),
    row("Holdings", "Shared with Lantern if you agree.", "Show holdings", (button) => triggers(button, "/api/holdings", {})),
    row("Selling", "Authorise the sale of your shares for today.", "Authorise shares", (button) => triggers(button, "/api/authorisation", {})),
    row("Orders", "Live status, and a way to cancel.", "Show my orders", (button) => acts(button, () => developers.watch(send, "", "showOrders", {}, gateway.showOrders()))),
    rowOfFunds(),
    row("This browser", "Lantern forgets who you are.", "Forget", (button) => acts(button, async () => enter(await call("/api/forget", {})))),
  ];
}

function rowOfFunds() {
  return row("Mutual funds", "From every fund house, with an OTP as your consent.", "Show my mutual funds", (button) => triggers(button, "/api/mutual-funds", {}));
}

function acts(button, act) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    trouble("");
    try {
      await act();
    } catch (error) {
      trouble(error.message);
    } finally {
      button.disabled = false;
    }
  });
}

// How the login stands: the gateway is asked when the page comes, and says by webhook when it ends.
function showConnection({ connected, since, until }) {
  const row = at("login");
  if (!row) return;
  const ended = `Ended. Whatever you open next takes you to ${shownFor} first.`;
  row.querySelector("span").textContent = connected ? `Logged in to ${shownFor} since ${moment.format(new Date(since))}, until ${moment.format(new Date(until))}.` : ended;
  row.querySelector("button").hidden = !connected;
}

async function readConnection() {
  try {
    showConnection(await call("/api/connection"));
  } catch (error) {
    trouble(error.message);
  }
}

// Needs nothing of the shop's server, like the account opening and the list of orders.
async function logOut() {
  await developers.watch(send, "", "brokerLogout", {}, gateway.brokerLogout());
  await readConnection();
}

// A guest who logged in while looking around is known from then on: the gateway signed who they are.
async function lookAround() {
  const { smallcaseAuthToken, broker } = await developers.watch(send, "", "openSmallplug", {}, gateway.openSmallplug());
  await enter(await call("/api/arrival", { smallcaseAuthToken, broker }));
}

async function openAccount() {
  const { transactionId, status } = await developers.watch(send, "", "signup", { name: "Asha Rao" }, gateway.signup({ name: "Asha Rao" }));
  const startedAt = new Date().toISOString();
  showPurchase({ transactionId, basket: "A broker account", startedAt, result: "resolved", summary: status, notices: [] });
}

// The transaction is made when the button goes down, so that it is there when the click comes: the pop-up must open in
// the click, and some browsers give it up after a slow answer.
function triggers(button, path, body) {
  let prepared = null;
  const prepare = () => {
    prepared ??= call(path, body);
    prepared.catch(() => { prepared = null; });
  };
  button.addEventListener("pointerdown", prepare);
  button.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") prepare(); });
  button.addEventListener("click", async () => {
    prepare();
    const making = prepared;
    prepared = null;
    button.disabled = true;
    trouble("");
    try {
      await buy(await making);
    } catch (error) {
      trouble(error.message);
    } finally {
      button.disabled = false;
    }
  });
}

function buy(purchase) {
  showPurchase(purchase);
  sessionStorage.setItem("lantern.buying", purchase.transactionId);
  const { transactionId } = purchase;
  const promise = gateway.triggerTransaction({ transactionId });
  developers.choose(transactionId);
  return finish(transactionId, developers.watch(send, transactionId, "triggerTransaction", { transactionId }, promise));
}

// Waits for the one answer and tells the backend, which believes nothing of it but what the gateway signed.
async function finish(transactionId, promise) {
  const outcome = { result: "", summary: "" };
  try {
    const response = await promise;
    Object.assign(outcome, { result: "resolved", summary: summary(response), broker: response.broker, smallcaseAuthToken: response.smallcaseAuthToken });
  } catch (error) {
    const data = error.data || {};
    Object.assign(outcome, { result: "rejected", summary: `${error.message} ${error.code ?? ""}`.trim(), broker: data.broker, smallcaseAuthToken: data.smallcaseAuthToken });
  }
  sessionStorage.removeItem("lantern.buying");
  await enter(await call(`/api/purchases/${transactionId}/outcome`, outcome));
}

const rupees = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR" });

const cancellations = {
  CANCELLED: "cancelled",
  PARTIALLYFILLED: "a part was filled, the rest is cancelled",
  FILLED: "the fill was faster",
  REJECTED: "rejected before",
  REFUSED: "the broker did not cancel",
};

function standing({ orders, filled, quantity }) {
  const parts = orders.filter(({ status }) => status === "PARTIAL").length;
  const rejected = orders.filter(({ status }) => status === "REJECTED" || status === "ERROR").length;
  const open = orders.filter(({ status }) => status === "PLACED").length;
  const rest = [[parts, "partly filled"], [open, "open"], [rejected, "rejected"]].filter(([count]) => count).map(([count, word]) => `${count} ${word}`);
  return [`${filled} of ${quantity} orders filled`, ...rest].join(", ");
}

function summary(response) {
  if (response.cancelStatus) return cancellations[response.cancelStatus] ?? response.cancelStatus;
  if (response.casSummary) {
    const { holdings, stats } = response.casSummary;
    return `${holdings.length} schemes${typeof stats.currentValue === "number" ? ` worth ${rupees.format(stats.currentValue)}` : ""}`;
  }
  if (response.updating) return "the statement comes by webhook";
  if (typeof response.funds === "number") return `${rupees.format(response.funds)} to spend`;
  if (typeof response.status === "boolean") return response.status ? "all shares may be sold today" : "not all shares are authorised";
  if (response.snapshotDate) return `shared, as of ${time.format(new Date(response.snapshotDate))}`;
  return (response.orderBatches || []).map(standing).join("; ");
}

// What an investor reads of it.
const failures = {
  user_cancelled: "You closed the window. Nothing was bought.",
  user_mismatch: "That is a different account from the one you connected. Nothing was bought.",
  transaction_expired: "The request expired. Nothing was bought.",
  market_closed: "The market is closed. Nothing was bought.",
  orders_halted: "New orders are stopped at the moment. Nothing was bought.",
  consent_denied: "You declined. Nothing was shared.",
  order_in_queue: "Your orders are with your broker. Their outcome is not known yet.",
  no_broker: "No broker was chosen. Nothing was bought.",
};
const signs = { good: "✓", bad: "✕", open: "○" };

function says(row, good) {
  row.classList.toggle("good", good === true);
  row.classList.toggle("bad", good === false);
  row.querySelector(".sign").textContent = good === true ? signs.good : good === false ? signs.bad : signs.open;
}

function words({ result, summary }) {
  if (result === "resolved") return summary || "Done";
  if (result !== "rejected") return "Waiting for you in the other window";
  const [name, code] = summary.split(" ");
  return failures[name] ?? `It did not work (${name}${code ? ` ${code}` : ""}).`;
}

function showPurchase(purchase) {
  at("nothing").hidden = true;
  const { transactionId, basket } = purchase;
  const id = `purchase-${transactionId}`;
  const row = at(id) || newPurchase(id, transactionId);
  const good = { resolved: purchase.summary.startsWith("0 of") ? false : true, rejected: false }[purchase.result];
  row.querySelector("strong").textContent = basket;
  row.querySelector("time").textContent = time.format(new Date(purchase.startedAt));
  row.querySelector(".text").textContent = words(purchase);
  says(row, good);
  row.querySelector(".cancel").hidden = !purchase.waiting?.length || purchase.result === "started";
  if (!row.isConnected) {
    at("purchases").prepend(row);
    developers.name(transactionId, `${basket}, ${time.format(new Date(purchase.startedAt))}`);
  }
  if (row === at("purchases").firstElementChild) showResult(purchase, good);
}

// The newest, where it is seen without scrolling. While it is at work the SDK's own bar stands there.
function showResult({ basket, transactionId, ...purchase }, good) {
  const bar = at("result");
  bar.hidden = purchase.result === "started";
  bar.dataset.of = transactionId;
  bar.querySelector(".title").textContent = basket;
  bar.querySelector(".text").textContent = words(purchase);
  says(bar, good);
}

function newPurchase(id, transactionId) {
  const row = Object.assign(clone("purchase"), { id });
  triggers(row.querySelector(".cancel"), `/api/purchases/${transactionId}/cancellation`, {});
  row.querySelector(".how").addEventListener("click", () => developers.open(transactionId));
  return row;
}

const send = (step) => call("/api/steps", step).catch(() => {});
const developers = bench({ at, clone, says });
const showScenario = scenarios({ at, call, enter, trouble });
const showPortfolio = portfolio({ at, call, clone, triggers });

async function enter(session) {
  [...session.purchases].reverse().forEach(showPurchase);
  session.steps.forEach(developers.show);
  showScenario(session.scenario);
  const { brokers } = await gateway.init({ smallcaseAuthToken: session.authToken });
  showAccount(session, brokers);
  await showPortfolio().catch((error) => trouble(error.message));
}

async function begin() {
  const session = await call("/api/session");
  if (!window.scDK) throw new Error("its SDK did not load");
  const config = { amo: true, returnUrl: `${location.origin}/` };
  gateway = new window.scDK({ gateway: session.gateway, smallcaseAuthToken: session.authToken, config });
  const changes = new EventSource("/api/stream");
  changes.addEventListener("purchase", (event) => showPurchase(JSON.parse(event.data)));
  changes.addEventListener("step", (event) => developers.show(JSON.parse(event.data)));
  changes.addEventListener("connection", (event) => showConnection(JSON.parse(event.data)));
  acts(at("module"), lookAround);
  for (const button of document.querySelectorAll("[data-basket]")) triggers(button, "/api/purchases", { basket: button.dataset.basket });
  await enter(session);
  if (session.purchases.length) developers.choose(session.purchases[0].transactionId);
  // The page was reloaded, or came back from the redirect, while a transaction ran.
  const interrupted = gateway.resume();
  const bought = sessionStorage.getItem("lantern.buying");
  if (interrupted && bought) await finish(bought, developers.watch(send, bought, "resume", {}, interrupted));
  else if (interrupted) interrupted.catch((error) => trouble(error.message));
}

begin().catch((error) => trouble(`Lantern cannot reach its gateway: ${error.message}`));
