"""The simulated 5paisa: the Xstream API and its vendor login, in 5paisa's exact wire format.

Built from the documentation, its samples, 5paisa's notes on its Open API and the official Python client. Where they are
silent, the simulator chose:

- A token is good once and for 30 seconds, as the official client says; the documentation says an hour. One that is no
  good is Status 2 "Token Expired.", a wrong ENCRYPTION_KEY or USER_ID "Invalid Input Parameters.". `ResponseURL` must
  be the registered one. A cancelled or failed login comes back with the state alone.
- The order system refuses hours, tick, freeze quantity, authorisation and blocked accounts in the answer (Status 1 with
  a negative `RMSResponseCode` and no id); funds, holdings and price bands show in the book as `Rejected By 5P` and
  `Rejected by Exch`. All their texts are invented, but for "Exchange is closed".
- `RemoteOrderID` takes 23 characters, the longest of the samples. Where none was sent the book shows an empty one.
- An order has `ExchOrderID` "0" until the exchange has it: an after-market order cannot be cancelled before.
- An order without `ClientCode` has no session: the samples of failures say so, the sample request leaves it out.
- Positions are the trades of today; what came over from yesterday has no row. `V4/NetPosition` has the same rows.
- `TradeInformation` answers the trades of the orders that it names, as the trade book has them, in `TradeDetail`: of
  its answer nothing is published.
- Holdings are not cached. `DPQty` and `PoolQty` are of this morning, `Quantity` is what is left of all. `POASigned` is
  Y for shares that can be sold without a further authorisation.
- All cash is the ledger: there is no collateral. A code that does not exist has no row among the prices.
- Ten orders a second and client, then HTTP 429; other calls are not counted.
- A body that is no JSON is answered with the web server's own page, HTTP 400.

Not simulated: stop-loss, bracket, cover and intraday orders, derivatives, conditional orders, baskets, `ScripData` for
anything but shares, the order screen of the publisher plug-in, the page on which shares are released, the check of the
source address, push by WebSocket.
"""
