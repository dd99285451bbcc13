"""All SQL of the flows."""

from torana.kit.database import Database
from torana.kit.sql import Statement

_KEEP_REVIEW = Statement("""
    update visits set review_hash = :review_hash where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def keep_review(database: Database, gateway_id: str, visit_id: str, review_hash: bytes) -> None:
    """What the review showed last."""
    await database.execute(*_KEEP_REVIEW(gateway_id=gateway_id, visit_id=visit_id, review_hash=review_hash))
