"""The simulated Dhan: DhanHQ v2 and both of its logins, in Dhan's exact wire format.

Built from the documentation, its samples, the official Python client, and what others have measured at the live API
and at Dhan's own sandbox. Where they contradict each other the measured one holds; where they are silent the
simulator chose:

- A partner asks for a consent by GET or POST and an individual, whose key is `sandbox-dhan-own`, by POST. The browser
  comes back to the registered address with a stroke behind it, as it is documented, and from a cancelled or failed
  login with nothing. A token id is good for a minute. How auth.dhan.co refuses is not documented: as the API does.
- A token that is over is HTTP 401 `DH-901`, one that a newer login or nobody made HTTP 400 `DH-906` "Invalid Token",
  as clients have seen it.
- An empty text in a field that does not apply is `DH-905`, and so is a `correlationId` of more than 25 characters:
  the samples of the documentation have such texts, and it says 30.
- The answer to an order says `TRANSIT`. Funds, holdings, bands, freeze quantity, tick size and the depository's word
  show in the book as `REJECTED`; the texts of bands and ticks are seen, the others invented. `omsErrorDescription`
  stands beside healthy orders too.
- A market order becomes a limit one per cent away from the price of the moment, and shows as one.
- An after-market order is `PENDING` with the exchange's id `0` until the morning.
- The look-up by `correlationId` does not find what is in `TRANSIT`, and answers 404 `DH-906`, as for a number of
  nobody's; that by id answers an empty list. What is in `TRANSIT` cannot be cancelled. An order without a number has
  one of Dhan's.
- Holdings are one row a security, `ALL` for the exchange, and HTTP 500 `DH-1111` where there are none. `dpQty` holds
  what is pledged, `availableQty` is delivered, not pledged and not sold today.
- The question for all releases is answered with a list, and HTTP 500 where there are no holdings.
- `availabelBalance` is the cash that is not blocked. Everybody has subscribed to the data.

Not simulated: the login by TOTP, the renewal of a token, the number of consents a day, stop-loss, intraday and margin
orders, derivatives, slices, super, forever and conditional orders, the conversion of positions, statements, the kill
switch, margins, market depth, the registration and the check of addresses, limits per minute, hour and day,
WebSockets.
"""
