"""How long tests wait for what must come."""

PATIENCE = 60.0
"""Seconds. A busy machine is slow, and nothing that holds waits so long."""
