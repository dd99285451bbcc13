"""What the simulated brokers on Symphony's XTS platform have in common. No broker by itself: a member is a folder of
its own, whose dialect `member.made` makes.

- `errors`: the codes that users of the platform have seen.
- `login`: the page of a third party, which sends the browser back by a form, and the session of an app or of a client.
- `orders`: placing, changing, cancelling, the book and the history of one order.
- `wire`: the fields of rows.

Built from the official Python client and from what users of brokers on the platform have printed and noted. The
documentation itself can be read by nobody without an account. The simulator chose:

- `returnURL` has to begin with the address that the app has registered. A login that was cancelled or that failed
  comes back with a `session` without an access token.
- An access token is good once and for a minute. Without one `user/session` is the login of the app's own client.
- Everything but the form of an order (and a security that does not exist) is found behind the answer: it shows in the
  book as `Rejected`, in the words that the platform's risk system (`OEMS:RMS`) was seen to use.
- There are no after-market orders: out of hours an order is rejected in the book.
- A list without rows is HTTP 400, `e-…-0005` "Data Not Available"; so is what a dead token gets, `e-session-0007`.
- `e-orders-0001` refuses to change or cancel what is not there or is final.
- `HoldingQuantity` is everything in the account, pledged shares too, as it was this morning; `UsedQuantity` was sold
  today; what is on its way is not told. `OpenBuyQuantity` and `OpenSellQuantity` are the trades of the day.
- Ten orders and one read of a kind in a second, then HTTP 429, `e-apirl-0004`.

Not simulated: market data (another product, with keys of its own), dealers and their books, bracket and cover orders,
stop-loss orders, `cancelall`, conversion and squaring off of positions, the stream.
"""
