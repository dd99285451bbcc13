"""The simulated Alice Blue: the ANT API (A3) and its login, in its exact wire format.

Built from the documentation, its samples and the official client (`ant-a3-tradehub-sdk-production`).
Where they are silent, the simulator chose:

- A session that is over is `EC087` with HTTP 401, every other refusal HTTP 200; of an order it stands in its leg.
- Funds, holdings, bands, freeze quantity, tick size and authorisation are checked behind the answer and show as
  rejections in the book, in the words of the common order systems.
- The words of `orderStatus` are the common ones in capitals; an after-market order that waits is `OPEN` with
  `orderComplexity` `AMO` and no order id of the exchange.
- `deviceId` is optional, as the official client needs. `tradingLimit` is the cash that is not blocked.

Not simulated: stop-loss, bracket and cover orders, derivatives, GTT, margins, webhooks, the button, contract files.
"""
