"""The simulated Fyers: API v3 and its login page, in Fyers' exact wire format.

Built from the API v3 documentation, its samples, the official Python client and refusals that users published. Where
they are silent, the simulator chose:

- A code is good once and for five minutes, as the oldest sample of one says of itself. `redirect_uri` must be the
  registered one. A cancelled or failed login comes back with `s=error`, a code and the state.
- The HTTP status of refusals: 401 for tokens, 429 for what is too fast, 400 for all others.
- What is wrong with the input is -50 and makes no order. What risk management refuses before the exchange has it
  (hours, freeze quantity, authorisation, blocked accounts) is -99 with the id of an order that is rejected in the book.
  Funds, holdings and price bands show in the book behind an answer of success.
- Numbers have to be numbers and switches switches, and every field that is marked as mandatory has to be there.
- An after-market order is pending (6) without an id of the exchange until the exchange has it; one that waits for risk
  management is in transit (4). A strange status is 3, which is kept for later use.
- `quantity` of a holding is everything of this morning, on its way and pledged shares too; `remainingQuantity` is that
  without what was sold today; `remainingPledgeQuantity` is what is settled and free.
- Positions are the trades of today; nothing is carried over. All cash is the ledger: there is no collateral.
- A ticker that does not exist has a row among the prices whose `s` is `error`.
- Cancelling or changing a final order is -50. A filter of the book that fits nothing gives an empty list.
- Ten orders a second and client, and ten other calls a second; the limit of a minute is not counted.
- Shares are released by the calls of API v2 and on CDSL's page, with a TPIN and a one-time password. `details` lists
  the releases of the day before as well; a second one for a security of today has a row of its own, with all of it.
- A webhook carries no tag and no proof: how its secret is used is not documented.

Not simulated: stop orders, intraday, margin, cover and bracket orders, slices, several orders in one request, the
asynchronous calls, derivatives, GTT and smart orders, reports, margins, depth and history, the check of the source
address, the refresh token (ended on 1 April 2026), WebSockets.
"""
