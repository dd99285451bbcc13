"""All SQL of the review."""

from torana.kit.database import Database


async def keep_review(database: Database, gateway_id: str, visit_id: str, review_hash: bytes) -> None:
    """What the review showed last."""
    await database.execute(
        "update visits set review_hash = $3 where gateway_id = $1 and visit_id = $2", gateway_id, visit_id, review_hash
    )
