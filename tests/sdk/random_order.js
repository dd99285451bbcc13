/**
 * Plays one transaction on an imagined page: the gateway, the network, the clock, the pop-up and the investor all move
 * in the order of `events`, and afterwards everything heals. Tells how the promise settled and what was left behind.
 *
 * The gateway is a model of the protocol: its truth never changes once it is settled.
 */
window.play = async (source, blocked, events) => {
  const frame = document.body.appendChild(document.createElement("iframe"));
  const page = frame.contentWindow;
  const history = [];
  const gateway = { version: 1, stage: "opening", settled: false, result: null, error: null };
  const calls = []; // what the SDK asked and nobody answered yet
  const timers = [];
  const popups = [];
  let now = 1e12;
  let seen = 0;
  let submitted = false;

  page.sessionStorage.clear();
  page.Date.now = () => now;
  page.setTimeout = (callback, delay = 0) => timers.push({ callback, due: now + delay });
  page.clearTimeout = (id) => timers[id - 1] && (timers[id - 1].callback = () => {});
  page.console.error = () => {};
  page.document.hasFocus = () => true;
  page.HTMLFormElement.prototype.submit = () => (submitted = true);
  page.open = () => {
    if (blocked) return null;
    const popup = {
      closed: false,
      location: { href: "about:blank" },
      document: page.document.implementation.createHTMLDocument(),
      focus() {},
      close() {
        this.closed = true;
      },
    };
    popups.push(popup);
    return popup;
  };
  page.fetch = (url, { body, signal }) =>
    new Promise((resolve, reject) => {
      const call = { path: url.split("/").pop(), body: JSON.parse(body), resolve, reject };
      if (signal) signal.onabort = () => reject(new page.DOMException("aborted", "AbortError"));
      calls.push(call);
      seen += 1;
    });

  const reach = (stage, end) => {
    if (!gateway.settled) Object.assign(gateway, { stage, version: gateway.version + 1 }, end && { settled: true }, end);
  };
  const isConfirmed = () => ["confirmed", "done"].includes(gateway.stage);
  const respond = (call, status, answer) =>
    call.resolve({ ok: status < 300, status, json: async () => JSON.parse(typeof answer === "string" ? answer : JSON.stringify(answer)) });
  const answer = (call, { unsure } = {}) => {
    if (call.path === "close" && !isConfirmed() && (call.body.sure || !unsure)) {
      reach("done", { error: { message: "user_cancelled", code: 1010 } });
    }
    const data = call.path === "session" ? { brokers: [] } : { ...gateway, unsure: !!unsure && !isConfirmed() };
    respond(call, 200, { success: true, errors: null, data });
  };
  const flush = async () => {
    for (let i = 0; i < 12; i++) await null;
  };
  const pass = async (milliseconds) => {
    const end = now + milliseconds;
    for (let fired = 0; fired < 2000; fired++) {
      const next = timers.reduce((a, b) => (b.callback && b.due <= end && (!a || b.due < a.due) ? b : a), null);
      if (!next) break;
      now = Math.max(now, next.due);
      const { callback } = next;
      next.callback = null;
      callback();
      await flush();
    }
    now = end;
  };
  const buttons = () =>
    [...page.document.documentElement.children].flatMap((e) => (e.shadowRoot ? [...e.shadowRoot.querySelectorAll("button")] : []));
  const attach = page.Element.prototype.attachShadow;
  page.Element.prototype.attachShadow = function () {
    return attach.call(this, { mode: "open" });
  };

  const moves = {
    answer: (n) => calls.length && answer(calls.splice(n % calls.length, 1)[0]),
    answerUnsure: (n) => calls.length && answer(calls.splice(n % calls.length, 1)[0], { unsure: true }),
    drop: (n) => calls.length && calls.splice(n % calls.length, 1)[0].reject(new TypeError("Failed to fetch")),
    garble: (n) => calls.length && respond(calls.splice(n % calls.length, 1)[0], 502, "<html>"),
    busy: (n) => calls.length && respond(calls.splice(n % calls.length, 1)[0], 503, { success: false, errors: ["later"] }),
    pass: (n) => pass(2 ** (n % 17)),
    arrive: () => submitted && gateway.stage === "opening" && reach("choosing"),
    land: async (n) => {
      moves.arrive();
      popups.forEach((popup) => (popup.location = Object.defineProperty({}, "href", { get() { throw new Error() } })));
      await pass(n % 3 ? 600 : 20);
    },
    close: async (n) => {
      popups.forEach((popup) => (popup.closed = true));
      await pass(n % 3 ? 300 : 0);
    },
    stage: (n) => !isConfirmed() && gateway.stage !== "opening" && reach(["choosing", "at_broker", "reviewing", "confirmed"][n % 4]),
    succeed: () => isConfirmed() && reach("done", { result: { broker: "kite" } }),
    fail: () => reach("done", { error: { message: "market_closed", code: 4004 } }),
    online: () => page.dispatchEvent(new page.Event("online")),
    look: () => page.document.dispatchEvent(new page.Event("visibilitychange")),
    press: (n) => buttons().length && buttons()[n % buttons().length].click(),
    again: () => !settled.length && sdk.triggerTransaction({ transactionId }).catch((error) => others.push(error.message)),
    message: () => page.dispatchEvent(new page.MessageEvent("message", { data: { settled: true, result: {} } })),
    block: (n) => (blocked = n % 2 === 1),
  };

  const others = [];
  let bars = 0;
  const settled = [];
  const transactionId = "TRX_" + "a".repeat(32);
  new page.Function("document", source)(
    new Proxy(page.document, {
      get: (target, key) => {
        if (key === "currentScript") return { src: "https://gateway.test/scdk/2.0.0/scdk.js" };
        const value = target[key];
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
  );
  const sdk = new page.scDK({ gateway: "demo", smallcaseAuthToken: "x" });
  sdk.triggerTransaction({ transactionId }).then(
    (result) => settled.push({ result }),
    (error) => settled.push({ error: { message: error.message, code: error.code } }),
  );
  for (const [name, n] of events) {
    await moves[name](n);
    await flush();
    if (!popups.some((popup) => !popup.closed) && buttons().length === 1) bars += 1;
    history.push([name, settled.length]);
  }

  // Everything heals: the network answers, the window is closed, the orders reach their end.
  blocked = false;
  const unsettled = settled.length === 0;
  for (let round = 0; round < 60 && settled.length === 0; round++) {
    popups.forEach((popup) => (popup.closed = true));
    if (isConfirmed()) reach("done", { result: { broker: "kite" } });
    buttons().slice(-1).forEach((button) => button.click());
    calls.splice(0).forEach((call) => answer(call));
    await flush();
    await pass(10000);
  }
  await pass(60000);
  const asked = seen;
  calls.splice(0).forEach((call) => answer(call));
  page.dispatchEvent(new page.Event("online"));
  await pass(60000);
  const left = {
    settled,
    others,
    truth: gateway,
    askedAfterwards: seen - asked,
    notices: buttons().length,
    openWindows: popups.filter((popup) => !popup.closed).length,
    stored: page.sessionStorage.getItem("torana.flows"),
    healed: unsettled,
    bars,
    history,
  };
  frame.remove();
  return left;
};
