/**
 * Torana web SDK: lets a page open a transaction that its server created, and hands the result back as a promise.
 *
 * Script: `<script src="https://your-gateway/scdk/2.0.0/scdk.js">` sets `window.scDK`.
 * Module: `import scDK from "https://your-gateway/scdk/2.0.0/scdk.mjs"`.
 */

export interface ScdkOptions {
  /** Name of your gateway, the one in the paths of the REST API. */
  gateway: string;
  /**
   * JWT signed by your server with the gateway's `secret` (HS256): `{"guest": true}`, or `{"smallcaseAuthId": "…"}` for
   * a connected investor. A guest needs one too.
   */
  smallcaseAuthToken: string;
  config?: ScdkConfig;
}

export interface ScdkConfig {
  /** Whether orders may be placed after market hours, to be executed at the next open. Default false. */
  amo?: boolean;
  /** Where the browser comes back to after a redirect. Its origin must be an allowed origin of the gateway. */
  returnUrl?: string;
  /**
   * `true`: never a pop-up; the whole tab goes to the gateway and comes back to `returnUrl` (default: this page).
   * `"phone"`: like `true` on phones, a pop-up elsewhere. Left out: a pop-up; if it is blocked twice and `returnUrl`
   * is set, a redirect. In apps that show pages without a second window, and where `returnUrl` is set, it redirects at
   * once; `false` prevents that.
   */
  redirect?: boolean | "phone";
  /**
   * Language of what the investor sees: `"en"` or `"hi"`, also as `"hi-IN"`. By default, and for any other value: the
   * browser's language, or English if the gateway has no pages in it.
   */
  language?: string;
  /** Address of the gateway, needed only when the SDK is bundled or copied. Default: where the file was loaded from. */
  host?: string;
}

export interface Session {
  /** Whether the token names a connected investor. */
  connected: boolean;
  /** Key of the connected investor's broker. */
  broker: string | null;
  /** The brokers that this gateway offers. */
  brokers: { key: string; name: string }[];
}

/** The steps of a flow, in the order in which they usually come. */
export type Step =
  /** The form that opens the flow was sent: into the pop-up, or by redirect. */
  | "window_opened"
  /** The browser blocked the pop-up; the page shows a button to open it. */
  | "window_blocked"
  /** The pop-up is open and shows the brokers. */
  | "choosing"
  /** The investor is on the way to the broker's login, or there. */
  | "at_broker"
  /** The investor is on the pages of the intent, the review of orders for instance. */
  | "reviewing"
  /** The investor confirmed: from now on closing a window cancels nothing. */
  | "confirmed"
  /** Every order has reached its broker, or is known not to have: none is on its way any longer. */
  | "placed"
  /** The pop-up seems to be closed. That is a hint; the promise is not settled by it. */
  | "window_closed"
  /** The promise settles now. */
  | "done";

/** What a listener of `on` gets. */
export interface Progress extends Event {
  step: Step;
  transactionId: string;
}

export interface TriggerOptions {
  /** `TRX_…`, created by your server just before the click: it is valid for minutes and can be used once. */
  transactionId: string;
  /** Keys of the brokers to offer. Missing or empty: all brokers of the gateway. */
  brokers?: string[];
  /** The key is called `brokers`. */
  broker?: never;
  /** Other keys are ignored. */
  [unknown: string]: unknown;
}

/** Where the module of baskets opens. */
export interface ModuleOptions {
  /** `discovery/all` (default), `details/<scid or iscid>`, `investments` or `orders`. */
  endpoint?: string;
  /** Filters as a query or an object: `count`, `minInvest` (rupees, `0-5000`), `q`, `risk`, `sort`. */
  params?: string | Record<string, string>;
}

/** What the module resolves with once the investor has left it. */
export interface ModuleResult {
  success: true;
  /** A fresh token: the investor's if they are known by then, otherwise a guest's. */
  smallcaseAuthToken: string;
  /** Null while nobody has logged in. */
  smallcaseAuthId: string | null;
  broker: string | null;
  transactionId: string;
  signup: boolean;
}

/** What every transaction resolves with; the intents add their own keys. */
export interface TransactionResult {
  /** A fresh token of the investor, valid for an hour. Keep the `smallcaseAuthId` inside with your user. */
  smallcaseAuthToken: string;
  /** Null if nobody has logged in: SMALLPLUG and MF_HOLDINGS_IMPORT of a guest. */
  smallcaseAuthId?: string | null;
  transactionId: string;
  /** Key of the broker, `kite`. */
  broker: string;
  /** Whether the investor came through opening an account. */
  signup: boolean;
  /** As given when the transaction was created. */
  notes?: string;
  /** The orders of an order transaction. COMPLETED says nothing about fills: read them. */
  orderBatches?: OrderBatch[];
  /** FETCH_FUNDS: rupees that the investor can spend; null once the person was erased. */
  funds?: number | null;
  /** FETCH_FUNDS: when the broker reported it, ISO 8601 in UTC. */
  fundsAt?: string | null;
  /** Orders on a basket: the basket. */
  scid?: string | null;
  /** Orders on a basket: the investment; keep it. */
  iscid?: string | null;
  /** SIP_SETUP: the plan as the investor agreed to it; null once the person was erased. */
  sipDetails?: InstalmentPlan | null;
  /** CANCEL_ORDER, CANCEL_AMO: whether nothing of the orders was filled, and nothing will be; null once they are not kept. */
  cancelled?: boolean | null;
  /** CANCEL_ORDER, CANCEL_AMO: what became of the orders; null once they are not kept. */
  cancelStatus?: "CANCELLED" | "PARTIALLYFILLED" | "FILLED" | "REJECTED" | "REFUSED" | "UNRESOLVED" | null;
  /** AUTHORISE_HOLDINGS: whether all shares may be sold today; null once the person was erased. */
  status?: boolean | null;
  /** HOLDINGS_IMPORT, SHOW_ORDERS, SMALLPLUG. */
  success?: true;
  /** HOLDINGS_IMPORT, MF_HOLDINGS_IMPORT: when the holdings were read, ISO 8601 in UTC. */
  snapshotDate?: string | null;
  /** MF_HOLDINGS_IMPORT: whether the registrar's answer comes later, by webhook. */
  updating?: boolean;
  /** MF_HOLDINGS_IMPORT: holdings and their sum; null if not asked for, not there yet, or no longer kept. */
  casSummary?: Record<string, unknown> | null;
  /** MF_HOLDINGS_IMPORT: holdings with their transactions; null as `casSummary`. */
  casDetail?: Record<string, unknown> | null;
  [key: string]: unknown;
}

/** An instalment plan. When it is ended, only `sipAction`, `sipActive`, `iscid` and `scid`. */
export interface InstalmentPlan {
  sipAction: "create" | "manage" | "end";
  /** Whether further instalments come. */
  sipActive: boolean;
  iscid: string;
  scid: string;
  /** manual: the investor confirms each instalment. auto: it is placed by itself where it can be. */
  sipType?: "manual" | "auto";
  /** Amount of an instalment, rupees. */
  amount?: number;
  /** One week, two weeks, one month, three months. */
  frequency?: "1w" | "2w" | "1m" | "3m";
  /** When the next one comes due, ISO 8601 in UTC. */
  scheduledDate?: string;
}

/** What you know of a user who opens an account. Everything is optional; what cannot be used is dropped. */
export interface UserDetails {
  name?: string;
  email?: string;
  /** An Indian mobile number. */
  contact?: string;
  /** An Indian PIN code, six digits. */
  pinCode?: string;
}

/** How far the opening of an account got. */
export interface LeadResult {
  /** Set once the broker has the request; look it up with `engine/leadStatus`. */
  leadId: string | null;
  /** `INITIALIZED`, `VERIFICATION`, `DETAILS_REGISTER`, `BROKER_REGISTER`, `SUBMITTED`, `PROCESSING`, `COMPLETED`. */
  status: string | null;
  /** A fresh token: the investor's if they logged in instead, otherwise a guest's. */
  smallcaseAuthToken: string;
  [key: string]: unknown;
}

export interface OrderBatch {
  batchId: string;
  transactionId: string;
  /** `amo`: sent to the exchange at the next opening. */
  variety: "regular" | "amo";
  status: string;
  /** Number of orders. */
  quantity: number;
  /** Number of orders that are complete. */
  filled: number;
  /** Executed value in rupees. */
  buyAmount: number;
  /** Executed value in rupees. */
  sellAmount: number;
  /** ISO 8601, null while an order is open. */
  completedDate: string | null;
  orders: Order[];
  /** Orders that were never sent. */
  unplaced: Order[];
  [key: string]: unknown;
}

export interface Order {
  orderType: "MARKET" | "LIMIT";
  product: string;
  exchange: string;
  status: string;
  /** Shares. */
  quantity: number;
  /** Shares. */
  filledQuantity: number;
  tradingsymbol: string;
  transactionType: "BUY" | "SELL";
  /** Rupees; 0 until something is filled. */
  averagePrice: number;
  /** The limit in rupees; 0 for a MARKET order. */
  price: number;
  /** Why it was rejected or not placed, in a word such as `insufficient_funds`; null if nothing failed. */
  reason: string | null;
  /** Its code in the error table: 1004 (shares), 4004 (market closed), 2000 for all others; null if `reason` is. */
  errorCode: number | null;
  exchangeOrderId: string | null;
  [key: string]: unknown;
}

/** The names that an error of the SDK or of the gateway may have; a newer gateway may know more. */
export type ErrorName =
  | "already_subscribed"
  | "consent_denied"
  | "constituent_not_tradable"
  | "csp_blocked"
  | "gateway_suspended"
  | "holdings_import_error"
  | "init_sdk"
  | "insufficient_holdings"
  | "intent_not_enabled_for_broker"
  | "internal_error"
  | "invalid_gateway"
  | "invalid_jwt"
  | "invalid_request"
  | "invalid_transactionId"
  | "invalid_user_data"
  | "market_closed"
  | "no_broker"
  | "no_order"
  | "not_supported"
  | "order_in_queue"
  | "order_pending"
  | "orders_halted"
  | "popup_blocked"
  | "smallcase_archived"
  | "timed_out"
  | "trading_not_enabled"
  | "transaction_expired"
  | "transaction_in_process"
  | "user_cancelled"
  | "user_mismatch"
  | "wrong_attempts_exceeded"
  | (string & {});

/** What a promise rejects with. */
export interface ScdkError extends Error {
  /** The name of the error, stable: `user_cancelled`, `market_closed`, `popup_blocked`, … */
  message: ErrorName;
  /** Its code; null for errors of the set-up. */
  code: number | null;
  /** Usually `{smallcaseAuthToken, broker, signup}` if the investor had logged in, otherwise null. */
  data: Record<string, unknown> | null;
  /** What happened, for you, in English. May be empty; do not show it to investors. */
  description: string;
}

/** Connects a page with its gateway. One instance a page: a later `new` sets it up again, `init` changes the token. */
export declare class scDK {
  constructor(options: ScdkOptions);

  /** The release of Torana that this file is part of. */
  readonly version: string;

  /**
   * Sets another auth token, after a login or when the old one has expired. A transaction that is open keeps its own.
   * Without a token the present one stays and the gateway is asked again; null removes it, as after a log-out.
   * Rejects with `invalid_gateway`, `invalid_jwt`, `invalid_user_data`, `init_sdk`, or `internal_error` (no answer).
   */
  init(
    options?: { smallcaseAuthToken?: string | null; userData?: string | { smallcaseAuthToken?: string | null } } | string,
  ): Promise<Session>;

  /**
   * Opens the transaction. Call it in the click, so that the browser allows the pop-up. The promise settles exactly
   * once and with what the gateway knows, even if the investor closes the pop-up after confirming. Rejects with a
   * {@link ScdkError}.
   */
  triggerTransaction<Result = TransactionResult>(options: TriggerOptions): Promise<Result>;
  /** The form of the mobile SDKs: the id, an argument that is ignored, the brokers. */
  triggerTransaction<Result = TransactionResult>(
    transactionId: string,
    ignored?: unknown,
    brokers?: string[],
  ): Promise<Result>;

  /** The same as `triggerTransaction`, by its older name for imports of mutual funds. */
  triggerMfTransaction<Result = TransactionResult>(options: TriggerOptions | string): Promise<Result>;

  /**
   * Opens an account at a broker. Call it in the click. The promise resolves when the flow has ended, whatever the end;
   * it rejects only if no flow was started.
   */
  signup(userDetails?: UserDetails): Promise<LeadResult>;
  /** The same. `utm` is not used. */
  triggerLeadGen(userDetails?: UserDetails, utm?: unknown): Promise<LeadResult>;
  /** The same. */
  triggerLeadGenWithStatus(userDetails?: UserDetails): Promise<LeadResult>;
  /** The same, with a way to log in for investors who have an account already. */
  triggerLeadGenWithLoginCta(userDetails?: UserDetails, utm?: unknown, showLoginCta?: boolean): Promise<LeadResult>;

  /**
   * The promise of a transaction that a redirect or a reload interrupted; null when there is none. Call it when the
   * page loads, and handle its outcome like that of `triggerTransaction`; the result names its `transactionId`.
   */
  resume<Result = TransactionResult>(): Promise<Result> | null;

  /** A guest's login at a broker, without a transaction created by your server. Call it in the click. */
  connect(): Promise<TransactionResult>;

  /**
   * Shows a connected investor's orders with this app, live, with a way to cancel open ones. Resolves when they leave.
   * Call it in the click.
   */
  showOrders(): Promise<TransactionResult>;

  /**
   * Ends the connected investor's logins at this gateway. `endedAt`: at the `broker` and here, `here` alone, or
   * `nowhere` because there was none. The token of your page stays as it is.
   */
  brokerLogout(): Promise<{ success: true; broker: string; endedAt: "broker" | "here" | "nowhere" }>;

  /**
   * Skips for good the orders of the connected investor's investment that were not filled: their batch is
   * MARKEDCOMPLETE, and `actions.fix` is empty. `archived` is false while an order on it is open. Rejects with
   * `invalid_request` for an investment that they do not have.
   */
  archiveSmallcase(iscid: string): Promise<{ success: true; archived: boolean }>;

  /** Listens to one step of every flow of this page, or with `"progress"` to all steps. Returns the instance. */
  on(step: Step | "progress", listener: (progress: Progress) => void): this;

  /** Removes a listener. */
  off(step: Step | "progress", listener: (progress: Progress) => void): this;

  /** Rejects with `not_supported`: your server reads holdings. */
  fetchHoldings(options?: unknown): Promise<never>;
  /** Rejects with `not_supported`: your server creates the order, `triggerTransaction` opens it. */
  triggerSmallcaseOrder(options?: unknown): Promise<never>;
  /**
   * Opens the module of baskets: finding one, investing, what the investor has, their orders. Call it in the click. It
   * resolves when they leave; `smallcaseAuthToken` names the investor from then on.
   */
  openSmallplug(options?: ModuleOptions): Promise<ModuleResult>;
  /** `openSmallplug` in the form of the mobile SDKs. */
  openSmallplug(endpoint?: string, params?: string | Record<string, string>): Promise<ModuleResult>;
  /** `openSmallplug` by its name in the mobile SDKs. */
  launchSmallplug(endpoint?: string, params?: string | Record<string, string>): Promise<ModuleResult>;
}

export default scDK;

declare global {
  interface Window {
    scDK: typeof scDK;
  }
}
