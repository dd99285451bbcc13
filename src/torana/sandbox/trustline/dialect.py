"""The simulated Trustline as one dialect of the sandbox."""

from torana.sandbox.dialect import KnownApp
from torana.sandbox.xts.member import made

DIALECT = made("trustline", "Trustline", KnownApp("sandbox-trustline", "sandbox-trustline-secret", ""))
