"""Torana: a self-hosted gateway through which an investing app lets its users transact with their own stockbroker."""

__version__ = "0.1.0"
"""The one in pyproject.toml; a test holds them equal."""
