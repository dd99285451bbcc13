"""The simulated Axis Direct: its RAPID APIs in their envelope.

The envelope is that of the documentation, paths and requests are those of a client of somebody else's. Everything else
the simulator chose:

- The names of fields in answers, the words of states, the texts and codes of refusals. A refusal's HTTP status is its
  `statusCode`. What is said in front of the broker's own program (404, 405, 408, 429, 5xx) travels without an envelope.
- The RSA key is made when the sandbox starts. A nonce of an answer has 12 bytes. A body that does not open is 400.
- `redirectURL` has to begin with the registered address. The id in the address of the login page is not the one that
  comes back, which is good once and for a minute. A cancelled or failed login comes back without any.
- A login has one account, and ends at 23:59. The refresh token is good for nothing.
- `orderRefId` takes 15 characters and stands in the book as it was sent. `orderStatus` "-1" asks for all orders.
- A cancellation and a change repeat the order's row as it stands (what is still open, the serial number, which counts
  changes), else they are refused.
- A script id is `10` (NSE) or `11` (BSE) and the exchange's own token.
- Positions are open ones only. All cash is available; there is no collateral.
- A profile has a name and the client's id.
- Ten orders a second and client, then HTTP 429; other calls are not counted.

Not simulated: the refresh of a token, the history of an order, brokerage and margins before an order,
stop-loss and intraday orders, derivatives, the check of the source address, postbacks.
"""
