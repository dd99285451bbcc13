"""The simulated Motilal Oswal: the MO trading API and the login of its page, in the exact wire format.

Built from the documentation, its questions and answers, and from the official Python client (3.0, of July 2024), which
calls older paths of the same calls. Where they are silent, the simulator chose:

- A refusal is HTTP 200 with `status` and `errorcode`, as clients of the live API have seen it: `ERROR` from what
  changes orders, as in the documented samples, else `FAILURE`.
- The newer paths want the secret of the app and the access token beside the token, which are documented as mandatory;
  the older ones take neither, for the client has none. The access token is that of one login and ends with it.
- A cancelled or failed login comes back with nothing added. One by API without a one-time password of the app is
  refused: the way by telephone or mail is not simulated.
- Who names a client in a body has to name the own one.
- Market orders are refused in the answer; the real ones, since April 2026, by the exchange. A purchase is `DELIVERY`, a
  sale `SELLFROMDP` or `DELIVERY`, whatever shares it is of.
- What is wrong with the form of an order is in the answer, everything else in the book: `Error` and a text where the
  exchange never had it, else `Rejected`. The texts are those of another order system.
- An order is `Sent` until the exchange has it, an after-market order until the morning; `orderid` and `entrydatetime`
  are `0` till then. Prices of the order book are rupees, those of trades paise, as clients of the live API read them.
- A list without rows is refused with the documented code: `MO1013`, `MO1014`, `MO1015`, `MO1016`.
- `dpquantity` is what was delivered until this morning with what is pledged, `blockedquantity` what of it was sold or
  is on sale, `poaquantity` what needs no release, `tpinquantity` what needs one still. All cash is line 102 of the
  margin report, and what is pledged has no worth.
- `orderqty` and its like count shares; the lot of a security multiplies what an order asks for.
- Every address is a registered one, but for the fault with HTTP 403. Too fast is HTTP 429 without a code.

Not simulated: stop-loss and intraday orders, derivatives, good-till orders, bracket orders, conversion of positions,
brokerage, price bands, end-of-day data and indices, one-time passwords, dealers, streams, the webhook call.
"""
