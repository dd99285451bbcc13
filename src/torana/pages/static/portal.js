// What the pages do beyond links and forms. Everything here is a comfort: each page works without it.

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const sheet = () => find("#sheet");
const words = () => JSON.parse(sheet().dataset.words); // in the language of the page

const wasGoneBackTo = () => performance.getEntriesByType("navigation")[0]?.type === "back_forward";

// Money, as in torana.kit.money: whole paise, digits grouped the Indian way.
const grouped = (whole) => {
  const digits = String(whole);
  return digits.length <= 3 ? digits : `${digits.slice(0, -3).replace(/\B(?=(\d{2})+$)/g, ",")},${digits.slice(-3)}`;
};
const inr = (paise) => `${paise < 0 ? "-" : ""}₹${grouped(Math.floor(Math.abs(paise) / 100))}.${String(Math.abs(paise) % 100).padStart(2, "0")}`;
const paiseOf = (typed) => {
  const match = /^\s*(\d{1,9})(?:\.(\d{1,2}))?\s*$/.exec(typed.replaceAll(",", ""));
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : null;
};

// One press sends once; offline it sends nothing and says so.
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    if (!navigator.onLine) {
      event.preventDefault();
      return showOffline(words().offline_unsent);
    }
    if (isUnreached) {
      event.preventDefault();
      showOffline(words().unreached_again);
      return fetchOurs(sheet().dataset.home);
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (form.dataset.repeats) {
      event.preventDefault();
      sendUntilAnswered(form, button);
    }
    if (!button) return;
    button.setAttribute("aria-busy", "true");
    const label = find("span", button);
    if (button.dataset.busy && label) label.textContent = button.dataset.busy;
  });
}

let isUnreached = false;
let isConfirming = false;
function unreached() {
  if (isConfirming) return words().unreached_confirming;
  return find("[data-stream]") ? words().unreached_goes_on : words().unreached_unsent;
}

function showOffline(text) {
  const banner = find("[data-offline]");
  banner.hidden = navigator.onLine && !isUnreached;
  find("[data-offline-text]", banner).textContent = text ?? (navigator.onLine ? unreached() : words().offline);
}
function showReached(reached) {
  isUnreached = !reached;
  showOffline();
}

// Pauses that grow, in milliseconds, each a little different: many pages wait for the same restart.
const LONGEST_PAUSE = 15_000;
const pauseAfter = (misses) => {
  const time = Math.min(LONGEST_PAUSE, 500 * 2 ** misses) * (0.75 + Math.random() / 2);
  return new Promise((resolve) => setTimeout(resolve, time));
};

// A page of ours, or our word to go elsewhere, once it is ours that answers: a proxy before us answers too while we are
// away. Null when the time `until` has come before.
const LONGEST_ANSWER = 60_000;
async function fetchOurs(address, options = {}, until = Infinity) {
  for (let misses = 0; ; misses += 1) {
    const signal = AbortSignal.timeout?.(LONGEST_ANSWER);
    const answer = await fetch(address, { headers: { accept: "text/html" }, signal, ...options }).catch(() => null);
    const text = await answer?.text().catch(() => null);
    if (answer?.type === "opaqueredirect" || (text && answer.status < 502 && text.includes('id="sheet"'))) {
      showReached(true);
      return { answer, text };
    }
    showReached(false);
    if (Date.now() > until) return null;
    await pauseAfter(misses);
  }
}
async function goTo(address) {
  await fetchOurs(address);
  location.replace(address);
}

// A confirmation whose answer is lost is sent again: it counts once. An old one is not: then we look what became of it.
const CONFIRMED_FOR = 30_000;
async function sendUntilAnswered(form, button) {
  const body = new URLSearchParams(new FormData(form));
  if (button?.name) body.append(button.name, button.value);
  isConfirming = true;
  const sending = { method: "POST", body, redirect: "manual" };
  const given = await fetchOurs(form.action, sending, Date.now() + CONFIRMED_FOR);
  const { home } = sheet().dataset;
  history.pushState(null, "", home); // as by a form: Back leads to the review, which is then how it stands
  if (!given?.text) return goTo(home);
  isConfirming = false;
  addEventListener("popstate", () => {
    sheet().replaceChildren();
    location.reload();
  });
  showPage(given.text);
}

function closeWindow() {
  window.close();
  setTimeout(() => all("[data-closed-hint]").forEach((hint) => (hint.hidden = false)), 300);
}

function countDown(line) {
  let left = Number(line.dataset.countdown);
  const finish = find("[data-finish]");
  const timer = setInterval(() => {
    left -= 1;
    const number = find("b", line);
    if (number) number.textContent = String(Math.max(left, 0));
    if (left > 0) return;
    clearInterval(timer);
    line.hidden = true;
    if (finish.href) location.replace(finish.href);
    else closeWindow();
  }, 1000);
  find("[data-stay]", line).addEventListener("click", () => {
    clearInterval(timer);
    line.hidden = true;
    finish.focus();
  });
}

// The broker's page comes next, unless the investor came back to this one by themselves. Our server learns it twice: when
// we go, and when this page really gives way, for that is when the broker's page may cut the opener off.
const told = (what) => {
  const { home, csrf } = sheet().dataset;
  return [`${home}/${what}`, { method: "POST", body: new URLSearchParams({ csrf }), keepalive: true }];
};
const leave = () => told("left");
function goOn(link) {
  link.addEventListener("click", () => {
    const tell = () => fetch(...leave()).catch(() => null);
    tell();
    addEventListener("pagehide", tell, { once: true });
  });
  if (!wasGoneBackTo()) setTimeout(() => link.click(), Number(link.dataset.continue));
}

// A basket goes to the broker once: the server is asked before it leaves.
function goOnWithBasket(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    find("button", form).setAttribute("aria-busy", "true");
    const answer = await fetch(...leave()).catch(() => null);
    if (!answer?.ok) {
      delete form.dataset.sent;
      find("button", form).removeAttribute("aria-busy");
      showReached(navigator.onLine ? false : !isUnreached);
      return showOffline(words().basket_unsent);
    }
    const { go } = await answer.json();
    if (go) form.submit();
    else goTo(location.href);
  });
  if (!wasGoneBackTo()) setTimeout(() => form.requestSubmit(), Number(form.dataset.basket));
}

// A page in a window of its own that leads on to another site.
function goOnward(button) {
  if (!wasGoneBackTo()) setTimeout(() => button.click(), Number(button.dataset.onward));
}

// Something goes on in a window that the form opened: once it was, this page asks whether it is over.
const ASKS_FOR = 600_000;
function awaitRelease(line) {
  const ask = async () => {
    const answer = await fetch(line.dataset.released).catch(() => null);
    const { lacking } = answer?.ok ? await answer.json() : {};
    if (Number.isInteger(lacking) && lacking !== Number(line.dataset.lacking)) goTo(line.dataset.here);
  };
  const begin = () => {
    if (!line.hidden) return;
    line.hidden = false;
    all("button[data-again]").forEach((button) => {
      button.className = "quiet";
      find("span", button).textContent = button.dataset.again;
    });
    const timer = setInterval(ask, 4000);
    setTimeout(() => clearInterval(timer), ASKS_FOR);
    addEventListener("focus", ask);
  };
  if ("begun" in line.dataset) begin();
  all("form[data-own-window]").forEach((form) => form.addEventListener("submit", begin));
}

function filterBrokers(input) {
  const filter = () => {
    const words = input.value.trim().toLowerCase();
    let shown = 0;
    for (const item of all("[data-name]")) {
      item.hidden = !item.dataset.name.includes(words);
      if (!item.hidden) shown += 1;
    }
    for (const part of all("[data-tiles], [data-list-title]")) part.hidden = words !== "";
    find("[data-empty]").hidden = shown > 0;
    find("[data-empty-query]").textContent = input.value.trim();
  };
  if (all("[data-tiles]").length === 0 && !input.value) return;
  input.addEventListener("input", filter);
  input.form.addEventListener("submit", (event) => event.preventDefault());
  find("[data-clear]").addEventListener("click", (event) => {
    event.preventDefault();
    input.value = "";
    filter();
    input.focus();
  });
  if (input.value) filter();
}

// Reviewing: sums follow what is typed, prices follow the market.
function reviewOrders(form) {
  const said = JSON.parse(form.dataset.review);
  const lines = all("[data-line]", form);
  const value = (line, part) => find(`input[name^="${part}-"]${part === "side" ? ":checked" : ""}`, line)?.value;
  const countOf = (typed) => (/^\s*\d{1,9}\s*$/.test(typed.replaceAll(",", "")) ? Number(typed.replaceAll(",", "")) : NaN);
  const reckon = () => {
    const sums = { BUY: 0, SELL: 0 };
    let complete = true;
    let known = true;
    for (const line of lines) {
      const side = line.dataset.side ?? value(line, "side");
      const quantity = countOf(line.dataset.quantity ?? value(line, "quantity") ?? "");
      const typed = value(line, "limit")?.trim();
      const limit = line.dataset.limit ?? (typed ? (paiseOf(typed) ?? NaN) : null);
      const price = Number(limit ?? line.dataset.last ?? NaN);
      const amount = quantity > 0 ? quantity * price : NaN;
      find("[data-amount]", line).textContent = Number.isNaN(amount) ? "" : inr(amount);
      if (!side || !(quantity > 0) || Number.isNaN(Number(limit))) complete = false;
      if (Number.isNaN(amount) || !side) known = false;
      else sums[side] += amount;
    }
    const pay = sums.BUY - sums.SELL;
    const total = find("[data-total]");
    if (!total) return;
    total.textContent = known ? inr(Math.abs(pay)) : complete ? said.notKnown : "—";
    const label = find("[data-total-label]");
    if (known && pay < 0) label.textContent = said.getAbout;
    else label.textContent = known && sums.SELL ? said.buysLessSells.replace("{sells}", inr(sums.SELL)) : said.total;
    const funds = find("[data-funds]");
    const available = form.dataset.available;
    const none = known && pay <= 0;
    find("dt", funds).textContent = none ? said.fundsNeeded : funds.dataset.funds;
    find("dd", funds).textContent = none ? said.fundsNone : available ? inr(Number(available)) : said.notKnown;
    funds.classList.toggle("short", Boolean(available) && known && pay > Number(available));
  };
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    event.target.blur();
  });
  form.addEventListener("input", (event) => {
    event.target.closest("[data-line]")?.classList.remove("line-missing");
    reckon();
  });
  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (!step) return;
    const input = find("input", step.parentElement);
    input.value = String(Math.max(1, (Number.parseInt(input.value, 10) || 0) + Number(step.dataset.step)));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("submit", (event) => {
    const missing = lines.filter((line) => all("input", line).some((input) => !input.checkValidity()));
    lines.forEach((line) => line.classList.toggle("line-missing", missing.includes(line)));
    if (missing.length === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    all("input", missing[0]).find((input) => !input.checkValidity()).focus();
  });
  if (form.dataset.prices) setInterval(() => refreshPrices(form, lines, reckon), 5000);
  if (find("input[name^=side], input[name^=quantity], input[name^=limit]", form)) reckon();
}

// What the broker reckons for these lines: asked beside the page, again when they change, and waited for by nobody.
function askCosts(box) {
  const form = find("#confirm");
  const said = JSON.parse(box.dataset.said);
  const source = find("[data-cost-source]", box);
  const show = (name, text, isKnown) => {
    const place = find(`[data-cost="${name}"]`, box);
    place.textContent = text;
    place.classList.toggle("unknown", !isKnown);
  };
  let asked = 0;
  let pause;
  const ask = async () => {
    const mine = ++asked;
    if (form.dataset.sent || !box.isConnected) return;
    const typed = [...new FormData(form)].filter(([name]) => /^(side|quantity|limit)-/.test(name));
    const prices = all("[data-line]", form).map((line, at) => [`last-${at + 1}`, line.dataset.last ?? ""]);
    const funds = ["available", form.dataset.available ?? ""];
    source.textContent = said.asking;
    const answer = await fetch(`${box.dataset.costs}&${new URLSearchParams([...typed, ...prices, funds])}`).catch(() => null);
    const told = answer?.ok ? await answer.json() : {};
    if (mine !== asked) return;
    for (const name of ["margin", "charges"]) show(name, told[name] ?? (told.complete === false ? "—" : said.notTold), told[name]);
    source.textContent = told.source ?? "";
    find("[data-cost-short]", box).hidden = !told.short;
    find("[data-cost-short] span", box).textContent = told.short ?? "";
  };
  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(ask, 700);
  });
  if (!("asked" in box.dataset)) ask();
}

async function refreshPrices(form, lines, reckon) {
  if (document.hidden || !navigator.onLine || !form.isConnected || form.dataset.sent) return;
  const answer = await fetch(form.dataset.prices).catch(() => null);
  const isAway = !answer || answer.status >= 502;
  if (isAway !== isUnreached) showReached(!isAway);
  if (!answer?.ok) return;
  const { prices } = await answer.json();
  for (const line of lines) {
    const price = prices[line.dataset.symbol];
    if (price === undefined) continue;
    line.dataset.last = price;
    if (!line.dataset.limit) find("[data-price]", line).textContent = inr(price);
  }
  reckon();
}

// A page that takes long to make arrives as its skeleton; this fetches the real one and puts it in its place.
async function load(skeleton) {
  const { answer, text } = await fetchOurs(skeleton.dataset.load);
  if (answer.redirected) return location.replace(answer.url);
  showPage(text);
}
function showPage(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  sheet().replaceWith(document.adoptNode(find("#sheet", page)));
  scrollTo(0, 0);
  const title = find("h1");
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
  begin();
}

// The status: the server sends the parts that may have changed; only what differs is put in place.
// A stream that breaks is opened again by the browser, but one that a proxy answered with an error is closed for good.
function follow(list, misses = 0) {
  const source = new EventSource(list.dataset.stream);
  source.addEventListener("open", () => {
    misses = 0;
    showReached(true);
  });
  source.addEventListener("parts", (event) => {
    const template = document.createElement("template");
    template.innerHTML = JSON.parse(event.data);
    for (const part of all("[data-live]", template.content)) {
      const old = document.getElementById(part.id);
      if (!old || old.outerHTML.replace(" fresh", "") === part.outerHTML) continue;
      const focused = old.contains(document.activeElement);
      part.classList.add("fresh");
      old.replaceWith(part);
      all("form[data-once]", part).forEach(sendOnce);
      if (focused) find("button, a", part)?.focus();
    }
  });
  source.addEventListener("error", async () => {
    if (source.readyState !== EventSource.CLOSED) return showReached(false);
    showReached(false);
    await pauseAfter(misses);
    if (misses < 4) return follow(list, misses + 1);
    await goTo(location.href); // our pages answer and the stream does not: the page knows why
  });
  source.addEventListener("done", () => {
    source.close();
    goTo(sheet().dataset.home);
  });
}

function showLimits(link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    all("[data-limit-field]").forEach((field) => (field.hidden = false));
    link.parentElement.hidden = true;
    find("[data-limit-field] input").focus();
  });
}

function askBeforeLeaving(link) {
  const dialog = find("dialog.leave");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });
}

function begin() {
  all("form[data-review]").forEach(reviewOrders);
  all("[data-costs]").forEach(askCosts);
  all("form[data-once]").forEach(sendOnce);
  all("[data-close]").forEach((button) => button.addEventListener("click", closeWindow));
  all("[data-countdown]").forEach(countDown);
  all("[data-continue]").forEach(goOn);
  all("[data-onward]").forEach(goOnward);
  all("[data-released]").forEach(awaitRelease);
  all("[data-basket]").forEach(goOnWithBasket);
  all("[data-search]").forEach(filterBrokers);
  all("[data-load]").forEach(load);
  all("[data-stream]").forEach(follow);
  all("[data-limits]").forEach(showLimits);
  all("[data-leave]").forEach(askBeforeLeaving);
  showOffline();
}

addEventListener("online", () => showOffline());
addEventListener("offline", () => showOffline());
addEventListener("pageshow", (event) => {
  if (event.persisted) goTo(location.href);
});
// The page that opened this window may have a policy that cuts it off, and then takes it for closed.
if ("opener" in sheet().dataset && !window.opener) fetch(...told("apart")).catch(() => null);
begin();
