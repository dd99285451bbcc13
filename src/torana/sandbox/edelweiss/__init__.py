"""The simulated Nuvama: the vendor's session, the login of API Connect, and the equity API, in Nuvama's wire format.

Built from the partner documentation, the official Python client, and answers that public code and a public log quote.
Where they are silent, the simulator chose:

- A vendor's login is taken with whatever AppIdKey: the one in the client expired the night after its release. Every
  answer brings another AppIdKey; each is good until midnight, a later one does not end it.
- Every answer to a logged-in call brings another `Authorization`; earlier ones stay good, for the client never takes a
  new one. A session ends at 23:59.
- A request id is good once and for 60 seconds. One that is no good is HTTP 222. A cancelled or failed login comes back
  with nothing.
- A wrong or old AppIdKey, the path of another client and a dead session are all 401 `EGN0011`; a vendor's session that
  is over is 401 `ETRD00036`. Both are in the log.
- What is wrong with an order is HTTP 406, a change that comes too late HTTP 500: the log has both statuses, and not the
  words beside them. Codes that begin with `ESIM` are nobody's. Risk checks show in the book.
- `rmk` takes 20 characters. `sym` and `trdSym` have to name the same share. Products but CNC are not simulated.
- An empty list is HTTP 222 with a sentence, as the sample for trades has it, or 204 without a word (positions).
- `qty` of a holding is settled, of this morning and not pledged, `t1HQty` on its way, `usdQty` what was sold today;
  `clQty` and `pdQty` repeat `qty`, as the one real sample does. What is pledged shows in `totalQty` alone.
- `cshAvl` is what can be spent: there is no collateral.
- A chart has the last three minutes. The details of an order are its row of the book.
- Ten orders a second and client, then HTTP 429; other calls are not counted.

Not simulated: stop-loss, bracket, basket and good-till orders, derivatives and commodities, orders of past days, market
depth, watch lists, news, reports, the vendor's logout, the vendor's list of updates, push by TCP,
the check of the source address.
"""
