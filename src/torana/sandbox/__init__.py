"""The sandbox: one simulated exchange, and simulated brokers that speak each broker's exact wire format.

It is a broker's building across the street: the gateway reaches it by HTTP only.

How a broker's dialect plugs in
-------------------------------
A dialect is a folder with one class that fulfils `front.Dialect`, and one line in `server.DIALECTS`. It is made with
the `World` (exchange, faults, sessions by broker, settings) and owns nothing that outlives a request but what the
World keeps for it.

- `prefixes` maps URL prefixes to `web.Router`s. A route is method, path pattern, `Operation` and an async handler that
  takes a `front.Call` and returns a `web.Response`. A handler reads `call.request` and speaks with the exchange
  directly; the methods of `Exchange` never wait.
- Three things go through the call, because faults are applied there, once for all dialects:
  `call.place(account, ticket)` instead of `exchange.submit`, `call.book(account)` instead of `exchange.book`,
  `call.find(account, order_id)` instead of `exchange.find`. All else that can go wrong (hanging, resets, wrong bodies,
  latency, rate limits, dead tokens) happens around the handler without its help.
- `await client_of(request)` names the client behind a request by its token, if it can, so that faults, limits and the
  ledger know whom it concerns. It does not judge the token: refusing it is the handler's work. It reads the body only
  where the token is in there (the exchange of a code).
- `error(status, text)`, `refused(refusal)`, `strange_reject()`, `placed(order_id | None)`, `not_found(...)` and
  `limit(operation)` give the wire form of what stands in front. `OrderRefused` raised by a handler becomes
  `refused(...)`.
- `exchange.on_change(listener)` is called at every change of an order: the dialect makes its postback body there and
  hands it to `world.postbacks.send`.
- Pages are made with `pages.render`, in one plain look that says "Simulated".
- Magic user names: `magic.name_of(user_name)` says how the login ends; everything else they do is kept in the account
  (`accounts.at_login`). Magic quantities work by themselves inside `call.place` and `exchange.submit`.
"""
