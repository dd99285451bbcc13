"""The simulated IIFL Capital: its Markets' APIs and its login, in its exact wire format.

Built from the documentation and its samples. Where they are silent, the simulator chose:

- Amounts of orders, trades, holdings, positions and limits are in paise, as the samples read (a trade of IDEA at
  `1560`, a holding of RELIANCE at `280000.00`); orders and quotes are in rupees. Clients of the live API disagree.
- A session that is over is `EC075` with HTTP 401, every other refusal HTTP 200; of an order it stands in its leg.
- Funds, holdings, bands, freeze quantity, tick size and authorisation are checked behind the answer and show as
  rejections in the book, beginning with `RMS:` as documented.
- The words of `orderStatus` are the common ones. The book and the trades are bare arrays, as the samples show; an empty
  one is `EC916`. `redirecturl` is not looked at.

Not simulated: stop-loss, bracket and cover orders, derivatives, commodities, margins, history of prices, the stream.
"""
