"""The names by which this folder knows what it works with and who is asking."""

from torana.flows.context import CurrentVisit as Guest
from torana.flows.context import Services as Lobby
from torana.flows.context import home_of

__all__ = ["Guest", "Lobby", "home_of"]
