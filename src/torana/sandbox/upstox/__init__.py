"""The simulated Upstox: API v2 and v3, the login dialog and UpLink Business, in Upstox's exact wire format.

Where Upstox's documentation is silent, the simulator had to choose:

- The HTTP status of most codes: 400 (see `errors`). An order or a tag that is not found is 404.
- A cancelled or failed login comes back with `error`, as OAuth 2.0 has it, and the state. A code lives for a minute.
- `is_amo` during market hours is refused (UDAPI100039); outside of them an order becomes an after-market order whether
  it says so or not. In the gap between close and the window for such orders it is rejected in the book.
- Funds, holdings, bands, freeze quantity, tick size and CDSL authorisation are checked after an order has its id, and
  show as rejections in the book. A fault that refuses for such a reason in the answer uses UDAPI100036 and the text.
- A MARKET order with a market protection of 0 is refused (UDAPI1158); without the field it is protected automatically.
- `quantity` of a holding is what is delivered and not pledged. `pending_quantity` of a cancelled order is what was not
  filled, as in the documented webhook sample.
- UpLink: what it shows for a form that it cannot use, and whether one app's redirect_url is checked against another's.

- On the BSE a share has its bare symbol, as in the documented order update. In the key of an LTP answer the segment
  goes before the symbol: documented for the NSE, a guess for the BSE. A share that both exchanges list is
  held under the NSE.

Not simulated: SL and SL-M orders (refused with UDAPI1056), so `trigger pending` and `not modified` never show;
derivatives; GTT; extended tokens; limits per minute and per half hour.
"""
