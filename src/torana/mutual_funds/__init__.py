"""Mutual funds: what an investor holds of them, as the registrar of all fund houses tells it with their consent."""
