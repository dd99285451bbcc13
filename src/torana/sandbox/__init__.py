"""The sandbox: one simulated exchange, and simulated brokers that speak each broker's exact wire format.

It stands alone: the gateway reaches it by HTTP only, like a real broker.

How a dialect is written
------------------------
A dialect is a folder here whose module `dialect` has a `DIALECT` (`dialect.Dialect`). It is found by looking into this
folder and listed nowhere. It is data and functions, and owns nothing that outlives a request: what does is in
`world.World` (exchange, sessions, browser visits, depository). Its tables stand in `tables.toml` (`tables.of(broker)`),
laid out as the broker's documents are: what it refuses, its limits, the fields of its requests, the rows of its
answers. What has to be worked out is Python beside their use, and `NOTES.md` says what the simulator chose where the
documents are silent. What every broker has stands once; a dialect maps its words to it:

- `dialect`: `Route(method, path, operation, handler, session=, check=, page=, whose=, body=, answer=)`,
  `Limit(name, calls, seconds)`. The front finds the client, counts, delays, limits, applies faults, runs
  `Dialect.check`, asks for a live session (`Dialect.credentials` finds the token in a request), runs the route's
  `check`, reads its `body`, then runs the handler. A handler takes a `call.Call` and returns a `Response`, or data that
  `Dialect.success` wraps (or the route's `answer`, which also gets what was refused), or an awaitable of either.
- `call`: `call.account`, `call.session`, `call.exchange`, `call.app(key)`, `call.path`, `call.request`, and the body
  that the route read in `call.given`. Faults come in here, once for all: `call.place(account, ticket)`,
  `call.book(account)`, `call.find(account, order_id)`; `call.place_in_browser` for orders that no app waits for;
  `call.logged_in(token)` for a token in a form.
- `dialect`, too, has what most brokers say alike: `token_in("x-token")` and `bearer()` find the token of a request,
  `by_code`, `by_json_code`, `by_query_code` whose one-time code it brings; `orders_at_most(10)` is the usual limit;
  `order_update(row, words)` makes postbacks without a proof.
- `securities`: what NSE and BSE list. A security is an exchange and a symbol; `listed(exchange)`, `by_isin`, `by_token`
  find one from a broker's name for it. Shares are held by ISIN and sold on either exchange.
- `refusals`: `Refusals` is every refusal as data, by reason of the exchange, by HTTP status, by what is wrong with a
  session, and `answer(refused)` writes one. `refusal_table` makes it from one table with a row for each code of the
  broker: status, text, when it is the answer (`tables.of(broker).refusals`); `Table.of_field` is what is wrong with a
  field, in any request or in one, `Table.check_headers` with what every request brings. Anything raises
  `Refused(status, code, text, field=, value=)`; `OrderRefused` of
  the exchange becomes what the table says. `Refusals.unnamed` is what no row names: usually the book tells it.
- `login`: `Login(...)` is the page, the user names that decide how a login ends, codes and tokens. A dialect gives
  `app_of` (`app_in_query("api_key", …)`), `sent`, `back` (`code_as("request_token")`), what else is typed (`PASSWORD`,
  `PIN`, `TOTP`, `OTP`), when sessions end (`daily("06:00")`); `hands_over_token=True` where the browser brings the
  access token itself. `LOGIN.routes(path)` are its routes; `LOGIN.redeem` uses a code (`call.sessions.code_where` finds
  the one that a checksum is over). `oauth` has both sides of a login after OAuth 2.0.
- `order_table`: `TABLES.request("order")` is the fields of an order or of a change as a table, in the order in which
  the broker complains: the neutral name, the wire name, what it takes, and what its words mean (`B=BUY`). With
  `typed=True` a text is no number. `form(given, security, unknown)` makes an `OrderForm`, whose `ticket(app)` is what
  the exchange takes and `slices(exchange)` its parts; `change(given)` makes what `call.modify` takes, `read(given)` the
  fields of anything else. What the broker's order system only finds behind the answer is named in
  `Dialect.rejects_later`.
  `several`: more than one order in a request, placed or cancelled together. `order_form.Reader` reads single fields.
- `vocabulary`: `Vocabulary(words, undocumented, ...)`, the status words and the history; `few_words` where the broker
  has one for all that is on its way; `OMS_WORDS` are those of the order system that several brokers run. `rejections`:
  what that system says of an order that it rejects; `why(view, texts)` is the reason of an order in a broker's texts.
- `order_views`, `account_views`, `position_views`, `quote_views`: orders, trades, holdings, funds, positions and quotes
  as the exchange computes them: amounts in rupees (`Decimal`), quantities `int`, moments in UTC.
- `wire`: `Style(...)` says how the broker writes amounts, counts, moments and nothing, and what it calls a security;
  `STYLE.orders(TABLES.rows["order"], odd=lambda view: …)`, `.trades`, `.holdings`, `.positions`, `.funds`, `.quotes`,
  `.costs`, `.person`, `.instruments` make rows of those views: `wire_name=attribute same_name constant=0
  sum=settled+t1 flag=amo:Y/N day=at:a_form above( name … )`. `called` is such a table of what it calls a security.
- `reads`: handlers of the book, the history, trades, holdings, positions, funds, the profile and quotes, given a shape;
  `under` puts one into a field, `some` refuses one without rows, `asked` one of which the request says something else
  than a table of fields takes.
- `login_basket` and `token_basket`: orders that a browser brings, before a login or with an access token (`visits`:
  what it carries, `browser_orders`: the review and the result). `depository` and `depository_pages`: shares that have
  to be released (TPIN, one-time password), on the broker's page or on CDSL's (`hand_out` begins one, `cdsl_routes`).
- `account_opening.routes(name)` is the page on which somebody opens an account, for brokers that open any.
- `Dialect.postback(exchange, order, app)` makes the message after a change of an order (`Postback.of`: as JSON).
- `instrument_files`: the broker's public file, from a shape of a security: `csv_route(path, shape)`, `zip_route`.
- Magic user names and magic quantities work by themselves. Pages are templates of this package (`pages.render`).

A member of a family is one more `Dialect` that the family's module makes.
"""
