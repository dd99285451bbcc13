"""The simulated Angel One: SmartAPI and its publisher login, in SmartAPI's exact wire format.

Built from the documentation, its samples and the official Python client. Where they are silent, the simulator chose:

- A token that is no good is answered HTTP 200 with `success` and `errorCode`, as clients of the live API have seen it;
  every other refusal HTTP 200 with `status` and `errorcode`, as the documentation shows. A missing mandatory header is
  `AB2000`, a key that nobody has `AG8004`.
- A cancelled or failed login comes back with the state alone.
- Funds, holdings, bands, freeze quantity, tick size and CDSL authorisation are checked after an order has its ids, and
  show as rejections in the book, as in the documented sample. Their texts are invented, but for the one about funds.
- Outside market hours every order becomes an after-market order, whose variety is `AMO` from then on: it is cancelled
  with that word. An order that is final cannot be cancelled: `AB1013`, as one that does not exist.
- In a holding `realisedquantity` is what was delivered this morning, `quantity` what is left of all, undelivered shares
  included; `authorisedquantity` is what the depository released today.
- `net` and `availablecash` are both the cash that is not blocked. A price that is not there is `AB1018`.
- A margin takes prices with decimals, although the page says int; a sale takes none. In a position the averages
  `buyavgprice` and `totalbuyavgprice` are one and the same.
- `AG1000` is the answer where as many shares of this security are released already; the real one may mean the day.
  `getTranStatus` says `0` of whatever is not authorised, refused or not.
- On the BSE `symboltoken` is the scrip code, `tradingsymbol` the symbol without a series, `symbolgroup` the group: a
  guess from the instrument file, for every sample of an order or a holding is of the NSE.

Not simulated: stop-loss and bracket orders, derivatives, GTT, `scripconsent`, algo keys (which may not send market
orders), the check of the source address (`AG7002`), limits per minute and hour, the delay of postbacks of after-market
orders until 09:00.
"""
