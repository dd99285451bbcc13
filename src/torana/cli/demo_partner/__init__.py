"""Lantern, an investing app that does not exist: how a partner integrates, in the fewest parts that are honest.

It is a partner, not a part of Torana: it imports nothing of it and knows it only by its public API, its SDK and its
webhooks. Its state is in memory; a real app keeps `smallcaseAuthId` and transactions in its own database.
"""
