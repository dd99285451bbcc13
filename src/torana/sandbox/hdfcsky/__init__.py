"""The simulated HDFC Sky: the Sky Open API and its login, in its wire format.

Built from the documentation and its samples; there is no official client. Login, token and prices are those of the
simulated HDFC Securities. Where the documentation is silent, or has two words for one thing, the simulator chose:

- `user_order_id` is a number of at most 15 digits, and repeated as a text. Of an order without one it is 0.
- Refusals have HTTP status 400 or 403 with `error_code`; one for want of a session is `{"error": …}` with 401, as
  clients of the live API have seen it. A call for another client is forbidden.
- Fields and unknown securities are 44000, what the order system says in the answer is 45000; what risk management, the
  exchange and its hours say stands in the book, as `rejection_reason`.
- The words of `order_status` are those of the stream. A cancelled order is `CANCEL_CONFIRMED`.
- An order is pending until it is final. An after-market order is cancelled like any other, with `execution_type` AMO.
- `trading_symbol` ends in the series, on the BSE in the group.
- In a holding `quantity` is everything of this morning, `free_quantity` what is delivered, not pledged and not sold,
  `used_quantity` what was sold today.
- Positions of type `live` are the trades of today. Funds are pairs of a label and an amount.
- Calls are not counted: no limit is published.

Not simulated: the login by API with a password, bracket, cover, stop-loss and margin orders, GTT, broker's baskets,
derivatives, charts, margins, the form for the depository, the WebSocket.
"""
