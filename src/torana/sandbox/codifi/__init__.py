"""What the simulated brokers on Codifi's platform have in common. No broker by itself: a member is a folder of its own
whose dialect is made of these parts.

- `errors`: the codes that both document, the two forms of a refusal.
- `login`: the page that brings a code and the client's id, and the checksum that makes a token of them.
- `orders`: orders as a list of legs, each with an answer of its own; cancelling, changing, history.
- `wire`: the fields of rows. A member says how its numbers are written and which words it has.
"""
