"""The simulated HDFC Securities: the InvestRight Open API and its login, in its wire format.

Built from the documentation and its samples; there is no official client. The documentation leaves more open than that
of other brokers. Where it is silent, or has two words for one thing, the simulator chose:

- The browser comes back with `request_token`, the name that the exchange has for it; clients of the live API have seen
  other names. A cancelled or failed login comes back with nothing. A request token is good once and for five minutes.
- An access token lives eight hours, as the sample of one does. Its last part is what the simulator knows it by.
- A refusal is `{"status": "error", "message": …}` with the documented HTTP status, one for want of a session
  `{"error": …}` with 401. A call without `User-Agent` or with an unknown `api_key` is refused with 400.
- Fields, unknown securities and cancellations that come too late are refused in the answer; what risk management, the
  exchange and its hours say stands in the book, in `status_message` and, in the order system's words, in
  `status_message_raw`.
- The book shows a reference that was sent behind `STAPI`, as all samples begin; of an order without one it shows
  `STAPI` with the day and seven digits. `average_price` is 0 even of what is traded, as in the samples.
- `tradingsymbol` repeats `security_id`, as in the samples; `isin` is filled for shares.
- A book without orders, or any other list without rows, is an empty list.
- Holdings count what is delivered, not pledged and not sold today. `mtf_indicator` is N.
- All cash is the limit for delivery. Positions are the trades of today; `underlying_symbol` is the share's symbol.
- The profile is told to GET and to POST, for the documentation has both; positions are at `cumulative-positions` alone.
- A price that does not exist has no row; more than ten are refused, as clients have seen it of the sister product.
- Calls are not counted: no limit is published.

Not simulated: the login by API with a password, stop-loss, intraday and margin orders, derivatives, `COLL-SELL`,
`ENCASH`, orders good till a date, the WebSocket, the check of the source address.
"""
