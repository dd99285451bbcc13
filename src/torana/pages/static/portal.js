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
const FAR_PERCENT = 20; // as in torana.flows.ordering.lines
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

// The time after which the page asks for nothing any more, by this machine's clock.
const ENDS_SOON = 60_000;
let endsAt = Infinity;
function watchTime() {
  const left = endsAt - Date.now();
  if (left >= ENDS_SOON || isConfirming) return;
  if (left > 0) return showOffline();
  endsAt = Infinity;
  goTo(sheet().dataset.home);
}

function showOffline(text) {
  const banner = find("[data-offline]");
  const soon = endsAt - Date.now() < ENDS_SOON ? words().expires_soon : "";
  const said = text ?? (!navigator.onLine ? words().offline : isUnreached ? unreached() : soon);
  banner.hidden = !said;
  find("[data-offline-text]", banner).textContent = said;
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

// Goes on by itself, unless somebody is at it: a key, a finger, a mouse over what there is to read, another tab.
function countDown(line) {
  if (wasGoneBackTo()) return;
  const next = find("[data-next]");
  const over = new AbortController();
  const on = (where, types, act) => types.split(" ").forEach((type) => where.addEventListener(type, act, { signal: over.signal }));
  let left = Number(line.dataset.countdown);
  let isRead = false;
  const stop = (event) => {
    clearInterval(timer);
    over.abort();
    if (!event || !line.contains(event.target)) line.classList.remove("running");
  };
  const timer = setInterval(() => {
    if (!line.isConnected) return stop();
    if (document.hidden || isRead) return;
    left -= 1;
    find("b", line).textContent = String(left);
    if (left > 0) return;
    stop();
    if (next.href && "finish" in next.dataset) location.replace(next.href);
    else next.click();
  }, 1000);
  line.classList.add("running");
  on(document, "keydown pointerdown focusin", stop);
  on(find("main"), "pointermove pointerleave", (event) => {
    isRead = event.type === "pointermove";
  });
  find("[data-stay]", line).addEventListener("click", () => {
    stop();
    next.focus(); // the line goes once nothing in it has the focus
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

// As in torana.pages.search: a part of a name, a former one, or one that is misspelt.
const plain = (text) => text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9\u0900-\u0dff ]+|\u093c/g, "").trim().replace(/ +/g, " ");
function slips(one, other) {
  let last = [];
  let before = [];
  let row = [...other, ""].map((_, at) => at);
  for (let at = 1; at <= one.length; at += 1) {
    [last, before, row] = [before, row, [at]];
    for (let to = 1; to <= other.length; to += 1) {
      const wrong = one[at - 1] !== other[to - 1];
      row[to] = Math.min(before[to] + 1, row[to - 1] + 1, before[to - 1] + wrong);
      if (at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1]) row[to] = Math.min(row[to], last[to - 2] + 1);
    }
  }
  return row[other.length];
}
function isLike(part, names) {
  if (part.length < 4) return names.some((name) => name.startsWith(part));
  const most = part.length < 8 ? 1 : 2;
  const lengths = [...Array(2 * most + 1).keys()].map((at) => part.length - most + at);
  return names.some((name) => lengths.some((length) => slips(part, name.slice(0, length)) <= most));
}
const isFound = (query, names) => {
  const named = names.split(" ");
  return names.includes(query) || isLike(query.replaceAll(" ", ""), named) || query.split(" ").every((part) => isLike(part, named));
};

function filterBrokers(input) {
  const filter = () => {
    const words = plain(input.value);
    let shown = 0;
    for (const item of all("[data-name]")) {
      item.hidden = !isFound(words, item.dataset.name);
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

// Words on a field stand below it, are tied to it, and go once it is mended.
function showWrong(field, text) {
  const problem = find(".line-problem", field.closest("[data-line]"));
  find("span", problem).textContent = text;
  problem.hidden = false;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", problem.id);
}
function focusWrong() {
  const field = find("[aria-invalid]");
  if (field) (find("input", field) ?? field).focus();
}
function mend(field) {
  if (!field) return;
  field.removeAttribute("aria-invalid");
  for (const id of field.getAttribute("aria-describedby").split(" ")) {
    const words = document.getElementById(id);
    if (words.matches(".line-problem, .entry-problem")) words.hidden = true;
  }
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
      const last = Number(line.dataset.last ?? NaN);
      const price = Number(limit ?? last);
      const amount = quantity > 0 ? quantity * price : NaN;
      const label = find("[data-limit-label]", line);
      if (label) label.textContent = said[`limit_${side ?? ""}`];
      const far = find("[data-far]", line);
      if (far) far.hidden = limit === null || !(Math.abs(limit - last) * 100 > last * FAR_PERCENT);
      const each = limit !== null && !Number.isNaN(price) ? said.limitIs : said.each;
      find("[data-price]", line).textContent = Number.isNaN(price) ? "" : each.replace("{price}", inr(price));
      find("[data-amount]", line).textContent = !Number.isNaN(amount) ? inr(amount) : line.dataset.quantity && limit === null ? said.noPrice : "";
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
    else label.textContent = known && sums.SELL ? said.buysLessSells : said.total;
    const paid = find("[data-pay]");
    if (paid) paid.textContent = known && pay > 0 ? ` · ${inr(pay)}` : "";
    const funds = find("[data-funds]");
    const available = form.dataset.available;
    const none = known && pay <= 0;
    find("dt", funds).textContent = none ? said.fundsNone : funds.dataset.funds;
    find("dd", funds).textContent = none ? "" : available ? inr(Number(available)) : said.notKnown;
    funds.classList.toggle("short", Boolean(available) && known && pay > Number(available));
  };
  const wrongOf = (line) => {
    const [side, quantity, limit] = [".switch", "input[name^=quantity]", "input[name^=limit]"].map((one) => find(one, line));
    if (side && !value(line, "side")) return [side, said.no_side];
    if (quantity && !(countOf(quantity.value) > 0)) return [quantity, said.no_quantity];
    const typed = limit?.value.trim();
    return limit && (typed ? paiseOf(typed) === null : limit.required) ? [limit, said.no_limit] : null;
  };
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    event.target.blur();
  });
  form.addEventListener("input", reckon);
  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (!step) return;
    const input = find("input", step.parentElement);
    input.value = String(Math.max(1, (Number.parseInt(input.value, 10) || 0) + Number(step.dataset.step)));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("submit", (event) => {
    const wrong = lines.map(wrongOf).filter(Boolean);
    if (wrong.length === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const [field, text] of wrong) showWrong(field, text);
    focusWrong();
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
  const { prices, pricedAt } = await answer.json();
  if (pricedAt) find("[data-priced-at]").textContent = pricedAt;
  for (const line of lines) {
    const price = prices[line.dataset.symbol];
    if (price !== undefined) line.dataset.last = price;
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

// The status: the server sends the parts that may have changed; only what differs is put in place, and what gets smaller
// keeps its room, so that nothing below it moves. Below the foot there is nothing.
const madeAs = new WeakMap(); // what the server sent, by what was made of it
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
      if (old?.matches("[role=status]")) {
        if (old.textContent !== part.textContent) old.textContent = part.textContent; // the node itself is listened to
        continue;
      }
      const made = part.outerHTML;
      if (!old || (madeAs.get(old) ?? old.outerHTML) === made) continue;
      madeAs.set(part, made);
      if (part.id !== "foot") part.style.minHeight = `${old.offsetHeight}px`;
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
  all("[data-released]").forEach(awaitRelease);
  all("[data-basket]").forEach(goOnWithBasket);
  all("[data-search]").forEach(filterBrokers);
  all("[data-load]").forEach(load);
  all("[data-stream]").forEach(follow);
  all("[data-limits]").forEach(showLimits);
  all("[data-leave]").forEach(askBeforeLeaving);
  const { expires } = sheet().dataset;
  endsAt = expires === undefined ? Infinity : Date.now() + 1000 * Number(expires);
  showOffline();
  focusWrong();
}

setInterval(watchTime, 2000);
addEventListener("input", (event) => mend(event.target.closest("[aria-invalid]")));
addEventListener("online", () => showOffline());
addEventListener("offline", () => showOffline());
addEventListener("pageshow", (event) => {
  if (event.persisted) goTo(location.href);
});
// The page that opened this window may have a policy that cuts it off, and then takes it for closed.
if ("opener" in sheet().dataset && !window.opener) fetch(...told("apart")).catch(() => null);
begin();
