// Lantern's page. It holds no secret: a short-lived token says who is here, a transaction's id says what is bought.

import { portfolio } from "./portfolio.js";

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
    row("A broker already?", "Log in there once. Nothing is bought.", "Connect", (button) => triggers(button, "/api/onboarding", {})),
    row("No broker yet?", "Open an account in a few minutes.", "Open a broker account", (button) => acts(button, openAccount)),
    rowOfFunds(),
  ];
}

function rowsOfInvestor(broker) {
  const login = row("Login", `Asking about ${broker}`, "Log out", (button) => acts(button, logOut));
  login.id = "login";
  return [
    login,
    row("Funds", `What you can spend at ${broker}.`, "Show funds", (button) => triggers(button, "/api/funds", {})),
    row("Holdings", "Shared with Lantern if you agree.", "Show holdings", (button) => triggers(button, "/api/holdings", {})),
    row("Selling", "Let your shares be sold today.", "Authorise shares", (button) => triggers(button, "/api/authorisation", {})),
    row("Orders", "As they change, with a way to cancel.", "Show my orders", (button) => acts(button, () => gateway.showOrders())),
    rowOfFunds(),
    row("This browser", "Lantern forgets who you are.", "Forget", (button) => acts(button, async () => enter(await call("/api/forget", {})))),
  ];
}

function rowOfFunds() {
  return row("Mutual funds", "From every fund house, with a code as your consent.", "Show my mutual funds", (button) => triggers(button, "/api/mutual-funds", {}));
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
  const ended = `Ended. What you open next takes you to ${shownFor} first.`;
  row.querySelector("span").textContent = connected ? `Open at ${shownFor} since ${moment.format(new Date(since))}, until ${moment.format(new Date(until))}.` : ended;
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
  await gateway.brokerLogout();
  await readConnection();
}

// A guest who logged in while looking around is known from then on: the gateway signed who they are.
async function lookAround() {
  const { smallcaseAuthToken, broker } = await gateway.openSmallplug();
  await enter(await call("/api/arrival", { smallcaseAuthToken, broker }));
}

async function openAccount() {
  const { transactionId, status } = await gateway.signup({ name: "Asha Rao" });
  const startedAt = new Date().toISOString();
  showPurchase({ transactionId, basket: "A broker account", startedAt, result: "resolved", summary: status, notices: [] });
}

function showBaskets(session) {
  at("baskets").replaceChildren(...session.baskets.map((basket) => {
    const card = clone("basket");
    card.querySelector("h2").textContent = basket.name;
    card.querySelector(".promise").textContent = basket.promise;
    card.querySelector(".lines").replaceChildren(...basket.lines.map(showLine));
    const button = card.querySelector("button");
    button.textContent = basket.action;
    triggers(button, "/api/purchases", { basket: basket.key });
    return card;
  }));
}

function showLine(line) {
  const row = document.createElement("li");
  const cell = (className, text) => row.append(Object.assign(document.createElement("span"), { className, textContent: text }));
  cell(line.type === "SELL" ? "side sell" : "side", line.type === "SELL" ? "Sell" : "Buy");
  cell("name", line.name);
  cell("shares", line.quantity === 1 ? "1 share" : `${line.quantity} shares`);
  return row;
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
  return finish(purchase.transactionId, gateway.triggerTransaction({ transactionId: purchase.transactionId }));
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
  return (response.orderBatches || []).map((batch) => `${batch.status}, ${batch.filled} of ${batch.quantity} orders filled`).join("; ");
}

function says(row, good, bold, rest) {
  row.classList.toggle("good", good === true);
  row.classList.toggle("bad", good === false);
  row.querySelector(".mark").textContent = good === true ? "✓" : good === false ? "✕" : "…";
  const strong = Object.assign(document.createElement("b"), { textContent: bold });
  row.querySelector(".text").replaceChildren(strong, rest ? ` ${rest}` : "");
}

function showPurchase(purchase) {
  at("nothing").hidden = true;
  const id = `purchase-${purchase.transactionId}`;
  const row = at(id) || newPurchase(id, purchase.transactionId);
  row.querySelector("strong").textContent = purchase.basket;
  row.querySelector("time").textContent = time.format(new Date(purchase.startedAt));
  const good = { resolved: true, rejected: false }[purchase.result];
  const bold = { resolved: "Promise resolved", rejected: "Promise rejected" }[purchase.result] || "Waiting for you in the pop-up";
  says(row.querySelector(".says"), good, bold, purchase.summary);
  row.querySelector(".notices").replaceChildren(...purchase.notices.map((notice) => {
    const line = clone("notice");
    const passed = notice.checks.checksum && notice.checks.signature;
    const proof = `checksum ${notice.checks.checksum ? "right" : "wrong"}, signature ${notice.checks.signature ? "right" : "wrong"}`;
    says(line, passed, passed ? "Webhook received and verified" : "Webhook refused", `${notice.event} ${notice.status}; ${proof}; ${time.format(new Date(notice.receivedAt))}`);
    return line;
  }));
  row.querySelector(".cancel").hidden = !purchase.waiting?.length || purchase.result === "started";
  if (!row.isConnected) at("purchases").prepend(row);
}

function newPurchase(id, transactionId) {
  const row = Object.assign(clone("purchase"), { id });
  triggers(row.querySelector(".cancel"), `/api/purchases/${transactionId}/cancellation`, {});
  return row;
}

const showPortfolio = portfolio({ at, call, clone, triggers });

async function enter(session) {
  [...session.purchases].reverse().forEach(showPurchase);
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
  changes.addEventListener("connection", (event) => showConnection(JSON.parse(event.data)));
  acts(at("module"), lookAround);
  await enter(session);
  showBaskets(session);
  // The page was reloaded, or came back from the redirect, while a transaction ran.
  const interrupted = gateway.resume();
  const bought = sessionStorage.getItem("lantern.buying");
  if (interrupted && bought) await finish(bought, interrupted);
  else if (interrupted) interrupted.catch((error) => trouble(error.message));
}

begin().catch((error) => trouble(`Lantern cannot reach its gateway: ${error.message}`));
