"""The simulated Samco: Trade API v3.2, in Samco's exact wire format.

Built from Samco's documentation of June 2026 and from its official Python client. Where they are silent, the simulator
chose:

- The consent page asks for the encrypted secret of the app, as the real one does. The real one logs in the client to
  whom the app belongs; here the user name says whose login it is. `session/token` logs in `app-owner`.
- `redirect_url` has to be the registered one, and a code is exchanged with `grant_type` or without (the client's own
  sample has none). What is wrong with a code is HTTP 400 with the documented code of the error. Tokens are not renewed.
- A request without a token, or with one that is over, is HTTP 401.
- What is wrong with the form of an order is HTTP 400 with `validationErrors`, a symbol that does not exist the text
  that is documented for quotes. Everything else is found behind the answer, as the sample of a bulk order shows: the
  order has a number, is `REJECTED` in the answer and in the book, and says why. The texts are invented.
- The answer to an order tells its state in capitals, the book in words. An order that waits for the exchange is
  `Pending`, an after-market order before the morning `After Market Order Req Received`. Nothing of an app's comes back.
- What is final, or not there, is not cancelled: HTTP 400, in words that are documented for other orders.
- A list without rows is a success with an empty list.
- `holdingsQuantity` is everything delivered as it was this morning, pledged shares too; `sellableQuantity` is what is
  left of it and not pledged. What is on its way has no row. Shares that the depository must release first count as
  sellable.
- Positions are the trades of today, `netQuantity` without a sign, which `transactionType` tells.
- All cash is `netAvailableMargin`. Nothing is counted and held back: Samco publishes no limits.
- Every address is a registered one, but for the fault with HTTP 403, in the documented words.

Not simulated: the login by password and one-time password of older versions, cover, bracket and stop-loss orders,
conditional orders, stored baskets, candles, option chains, conversion and squaring off of positions, analytics,
streams, the web login code.
"""
