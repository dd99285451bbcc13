"""What the simulated brokers on Symphony's XTS platform have in common. No broker by itself: a member is a folder of
its own, whose dialect `member.made` makes.

- `errors`: the codes that users of the platform have seen.
- `login`: the page of a third party, which sends the browser back by a form, and the session of an app or of a client.
- `orders`: placing, changing, cancelling, the book and the history of one order.
- `wire`: the fields of rows.

What is a choice of ours stands in `NOTES.md`.
"""
