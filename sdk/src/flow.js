import { blockedBy, failure, unknown } from "./errors.js";
import { forget, remember, unfinished } from "./memory.js";
import { showNotice } from "./notice.js";
import { own } from "./own.js";
import { tell } from "./progress.js";
import { call, noAnswer } from "./wire.js";
import { blankDocument, isInApp, isPhone, openWindow, showOpening, submitForm } from "./windows.js";

// all times in milliseconds
const LOOK = 250; // how often we look whether the pop-up was closed
const BLANK = 5000; // how long a pop-up that looks closed may need to reach the gateway: its opener may be cut off
const ANSWER = 40000; // the longest wait for one answer; the gateway holds a watch for 25 s
const LONGEST_PAUSE = 8000;
const MISSES = 40; // calls missed in a row, about five minutes, before a page without its pop-up gives up
const MISSES_AT_FIRST = 12; // the same while the gateway was never reached
const MISSES_BEFORE = 5; // the same, about eight seconds, before anything was opened
const IN_FRAME = 4000; // how long a page in a frame waits before it asks whether its form got through
const AT_BROKER = 45; // seconds in which a page that has the focus may wait for a login whose window looks closed
const RESULT_SHOWN = 10000; // the pop-up's own time to show the end and close itself

/**
 * One run of one transaction on this page, from the click to the one settling of its promise.
 *
 * The pop-up is never asked for the result and its end is only a hint: the answer comes from the gateway, which is
 * watched from the start and told when the pop-up looks closed.
 */
export class Flow {
  constructor(settings, transactionId, brokers, wanted) {
    this.settings = settings;
    this.wanted = wanted; // what the gateway makes the transaction of; none where the partner's server made it
    this.transactionId = transactionId;
    this.isOurs = transactionId in unfinished();
    this.memory = remember(transactionId, brokers);
    this.stage = "opening";
    this.ending = new AbortController(); // takes the listeners away
    this.impatient = new Set(); // what to call when waiting longer makes no sense
    this.promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.listen();
  }

  /** The investor's click. `lastTry`: on a button of ours, so a pop-up that is blocked now stays blocked. */
  launch(lastTry) {
    const { redirect, returnUrl } = this.settings;
    this.hideNotice();
    const inApp = redirect !== false && returnUrl && isInApp();
    if (redirect === true || (redirect === "phone" && isPhone()) || inApp) return this.redirect();
    const name = `torana_${this.transactionId}`;
    this.window = openWindow(name);
    if (this.window) {
      showOpening(this.window, this.say("Opening …"));
      this.open(() => this.submit(name, "", blankDocument(this.window)));
      this.lookAfterWindow();
      this.showOpen();
    } else if (!lastTry) {
      const actions = { "Open window": () => this.launch(true), Cancel: () => this.cancel() };
      const text = "Your browser blocked the pop-up. Nothing happens until you confirm there.";
      this.show("Open the secure window", text, actions, true);
      this.tell("window_blocked");
    } else if (returnUrl) {
      return this.redirect();
    } else {
      return this.settle(failure("popup_blocked", 9001, "Blocked twice, and there is no config.returnUrl to redirect from."));
    }
    this.watch();
  }

  /** Sends the form that opens the flow, once the gateway has answered: what is not there opens no window on nothing. */
  open(send) {
    this.isUnopened = true;
    this.pending = () => {
      this.pending = null;
      this.isUnopened = false;
      send();
      this.tell("window_opened");
      if (self !== top) setTimeout(() => this.checkFrame(), IN_FRAME);
    };
    if (this.isReached) this.pending();
  }

  /** The sandbox of a frame may hold our form back, and says so to nobody. A form that is only slow finds it ended. */
  checkFrame() {
    const isHeldBack = this.isAway || (this.window && blankDocument(this.window));
    if (this.settled || this.stage !== "opening" || !isHeldBack) return;
    if (this.isAway) stop();
    this.heldBack = failure("popup_blocked", 9001, "The frame's sandbox needs allow-forms, allow-popups.");
    this.cancel();
  }

  /** Takes up what an earlier load of the page began. A transaction that this tab did not begin is only looked at. */
  resume() {
    this.isResumed = true;
    this.watch();
  }

  /** Another token. What is confirmed, or goes on in a window of this page, keeps the one it began with. */
  lookOnWith(settings, problem) {
    if (!this.isResumed || this.window || this.isConfirmed()) return;
    this.settings = settings;
    this.hurry();
    if (problem) this.giveUp(problem);
  }

  redirect() {
    let home;
    try {
      home = new URL(this.settings.returnUrl || "", document.baseURI).href;
    } catch {
      return this.giveUp(failure("init_sdk", 3004, "config.returnUrl is not a URL."));
    }
    this.isAway = true;
    this.open(() => this.submit("_top", home, document));
    this.watch();
  }

  submit(target, returnUrl, within) {
    const { host, gateway, authToken, amo, language } = this.settings;
    const { flow, brokers = "" } = this.memory;
    const { transactionId } = this;
    const fields = { gateway, authToken, transactionId, flow, brokers, amo, language, returnUrl, origin: self.origin };
    const isPopUp = within && within !== document;
    if (isPopUp) within.addEventListener("securitypolicyviolation", this.refused); // it inherits the page's policy
    submitForm(`${host}/portal/open`, isPopUp ? "_self" : target, fields, within);
  }

  // The pop-up

  /** That it looks closed may be the opener policy of this page, or of one in the pop-up. The gateway knows which. */
  lookAfterWindow() {
    const look = () => {
      if (this.settled) return;
      if (!this.window.closed) return setTimeout(look, LOOK);
      this.window = null;
      this.hideNotice();
      this.pending = null;
      this.tell("window_closed");
      this.windowClosed();
    };
    look();
  }

  async windowClosed() {
    const deadline = Date.now() + BLANK;
    while (this.stage === "opening" && !this.isUnopened && !this.settled && Date.now() < deadline) await this.pause(LOOK);
    if (!this.window) this.tellClosed();
  }

  /** The pop-up shows how it ended and closes itself. We close it only when the investor has come back to this page. */
  releaseWindow() {
    const { window: opened } = this;
    const look = () => {
      if (opened.closed) return;
      if (document.hasFocus()) opened.close();
      else setTimeout(look, LOOK);
    };
    if (opened) setTimeout(look, RESULT_SHOWN);
  }

  // The gateway

  async watch() {
    if (this.isWatching) return;
    this.isWatching = true;
    while (!this.settled && (this.isUnopened || this.isResumed || !this.isAway)) {
      const { version = 0 } = this;
      const asked = Date.now();
      const isNew = this.wanted && !version;
      const state = await this.ask(isNew ? "create" : "watch", isNew ? this.wanted : { since: version });
      if (this.pending && state) this.pending();
      if (state) this.take(state);
      if (this.version === version && Date.now() - asked < LOOK) await this.pause(4 * LOOK);
    }
    this.isWatching = false;
  }

  /** The window is gone as far as we can see. `sure`: the investor pressed our Cancel. */
  async tellClosed(sure) {
    if (this.wanted && !this.isReached) return this.giveUp(failure("user_cancelled", 1010)); // nothing was made yet
    const state = await this.ask("close", { sure });
    if (!state) return;
    this.take(state);
    if (state.unsure) this.showUnsure();
    if (state.unsure && state.ends) this.endLogin(0);
  }

  /**
   * Whether a window that went to the broker's was closed there or cut off by a later page nobody can say. While the
   * investor types there, this page has no focus; a page that keeps it is where the investor is.
   */
  async endLogin(seconds) {
    while (seconds < AT_BROKER) {
      await this.pause(4 * LOOK);
      if (this.settled || this.window || this.stage !== "at_broker") return;
      seconds = document.hasFocus() ? seconds + 1 : 0;
    }
    this.tellClosed(true);
  }

  take({ version, stage, settled, placed, result, error }) {
    if (this.settled) return;
    const isNews = stage && stage !== this.stage;
    this.version = version || this.version;
    this.stage = stage || this.stage;
    if (isNews && !settled) this.tell(stage);
    if (placed && !this.isPlaced) {
      this.isPlaced = true;
      this.tell("placed");
    }
    if (settled) {
      forget(this.transactionId);
      const told = error && failure(error.message, error.code, error.description, error.data);
      this.settle(this.heldBack && told && told.message === "user_cancelled" ? this.heldBack : told, result);
    } else if (this.isConfirmed()) {
      if (isNews) this.hideNotice();
      if (isNews && this.window) this.showOpen();
    } else if (this.isResumed && !this.isOurs) {
      forget(this.transactionId);
      this.settle(failure("transaction_in_process", 3003, "It is open in another tab."));
    } else if (this.isResumed && !this.window && !this.hide) {
      const actions = { Continue: () => this.launch(true), Cancel: () => this.cancel() };
      this.show("Your transaction is still open", "Nothing happens until you confirm.", actions);
    }
  }

  isConfirmed() {
    return this.stage === "confirmed" || this.stage === "done";
  }

  /** Asks until there is an answer, null when the promise settled before there was one. */
  async ask(path, question) {
    const { transactionId } = this;
    for (let misses = 0; !this.settled; ) {
      const { settings } = this;
      const { host, gateway, authToken } = settings;
      const body = { gateway, authToken, transactionId, flow: this.memory.flow, ...question };
      const controller = new AbortController();
      const stop = () => controller.abort();
      let why;
      const deadline = setTimeout(stop, ANSWER);
      this.impatient.add(stop);
      try {
        const answer = await call(host, path, body, controller.signal);
        this.isReached = true;
        if (answer.address) settings.host = answer.address; // logins come back there, so the form has to go there
        if (settings === this.settings) return answer;
      } catch (problem) {
        why = problem.description; // the gateway's own, where it answered that it cannot now
        if (problem.final && settings === this.settings) this.giveUp(problem);
      } finally {
        clearTimeout(deadline);
        this.impatient.delete(stop);
      }
      if (navigator.onLine !== false) misses += 1; // no network is no answer: it is asked when there is one
      if (misses === 2 && this.isReached === undefined) {
        this.isReached = false;
        console.error("scDK:", why || noAnswer(host));
      }
      if (this.isUnopened && !this.isReached && misses >= MISSES_BEFORE) {
        this.giveUp(failure("internal_error", 2000, why || noAnswer(host)));
      } else if (misses > (this.isReached ? MISSES : MISSES_AT_FIRST) && !this.window) {
        this.settle(failure("timed_out", 4003, `${noAnswer(host)} Ask your server for the outcome.`, unknown(transactionId)));
      }
      await this.pause(Math.min(LONGEST_PAUSE, LOOK * 2 ** misses) * (0.75 + Math.random() / 2));
    }
    return null;
  }

  /** `data` of an error that is not the gateway's word: null only if nothing can have been confirmed. */
  doubt() {
    return this.isReached || this.isOurs || this.isResumed ? unknown(this.transactionId) : null;
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      this.impatient.add(resolve);
      setTimeout(resolve, milliseconds);
    });
  }

  hurry() {
    this.impatient.forEach((wake) => wake());
    this.impatient.clear();
  }

  // The page

  listen() {
    const until = own({ signal: this.ending.signal });
    const hurry = () => document.hidden || this.hurry();
    const back = ({ persisted }) => {
      if (!persisted || !this.isAway) return;
      this.isOurs = true;
      this.pending = null;
      this.version = 0; // asks at once, whatever it knew when it left
      this.resume();
    };
    this.refused = (violation) => {
      const blocked = ["form-action", "connect-src"].map((name) => blockedBy(violation, name, this.settings.host));
      const error = blocked.find(Boolean);
      if (!error || this.stage !== "opening") return;
      if (this.window) this.window.close();
      if (this.isAway) stop(); // the tab is not to go where its result cannot be learned
      this.giveUp(error);
    };
    addEventListener("online", hurry, until);
    addEventListener("pageshow", back, until); // from the redirect, to the very page that went there
    document.addEventListener("visibilitychange", hurry, until);
    document.addEventListener("securitypolicyviolation", this.refused, until);
  }

  show(title, text, actions, modal) {
    this.hideNotice();
    this.hide = showNotice({ title, text, actions, modal, say: (english) => this.say(english) });
  }

  /** In the investor's language, if the gateway has told us its words. */
  say(english) {
    return own(this.settings.words)[english] || english;
  }

  tell(step) {
    tell(step, this.transactionId);
  }

  hideNotice() {
    if (this.hide) this.hide();
    this.hide = null;
  }

  /** While the pop-up is open the page says so: it may lie behind. After the confirmation nothing can be cancelled. */
  showOpen() {
    const actions = { "Show it": () => this.window && this.window.focus() };
    if (!this.isConfirmed()) actions.Cancel = () => this.cancel();
    this.show("Continue in the other window", "This page continues when you are done.", actions);
  }

  showUnsure() {
    if (this.settled) return;
    this.show("Finish in the other window", "This page continues when you are done.", { Cancel: () => this.cancel() });
  }

  cancel() {
    this.hideNotice();
    this.isResumed = false;
    this.isCancelled = true;
    this.tellClosed(true);
  }

  /** Settles without the gateway's word. What nothing can have come of is forgotten. */
  giveUp(error) {
    const data = this.doubt();
    if (!data) forget(this.transactionId);
    this.settle(Object.assign(error, { data }));
  }

  /** Once, whatever comes later. */
  settle(error, result) {
    if (this.settled) return;
    this.settled = true;
    this.hideNotice();
    this.ending.abort();
    this.hurry();
    this.pending = null;
    if (error && this.window && (this.isCancelled || this.isUnopened)) this.window.close();
    this.releaseWindow();
    this.tell("done");
    if (error) this.reject(error);
    else this.resolve(result);
  }
}

Object.setPrototypeOf(Flow.prototype, null); // what a flow has not, no script of the page can give it
