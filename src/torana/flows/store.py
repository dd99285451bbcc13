"""All SQL of the flows."""

from collections.abc import Mapping
from typing import Any

from torana.kit.database import Database
from torana.kit.sql import Statement, affected

_KEEP_REVIEW = Statement("""
    update visits set review_hash = :review_hash where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def keep_review(database: Database, gateway_id: str, visit_id: str, review_hash: bytes) -> None:
    """What the review showed last."""
    await database.execute(*_KEEP_REVIEW(gateway_id=gateway_id, visit_id=visit_id, review_hash=review_hash))


_KEEP_ANSWERS = Statement("""
    update visits set answers = answers || :answers::jsonb where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def keep_answers(database: Database, gateway_id: str, visit_id: str, answers: Mapping[str, Any]) -> None:
    """What the pages of the flow have been told, beside what is kept already."""
    await database.execute(*_KEEP_ANSWERS(gateway_id=gateway_id, visit_id=visit_id, answers=dict(answers)))


_DROP_ANSWER = Statement("""
    update visits set answers = answers - :name::text
    where gateway_id = :gateway_id and visit_id = :visit_id and answers -> :name::text = :value::jsonb
""")


async def drop_answer(database: Database, gateway_id: str, visit_id: str, name: str, value: Any) -> bool:
    """Forget this answer. False: it is not kept any more, or is another by now."""
    given = _DROP_ANSWER(gateway_id=gateway_id, visit_id=visit_id, name=name, value=value)
    return affected(await database.execute(*given)) == 1


_WISH_LOGIN = Statement("""
    update visits set broker = :broker, login_hash = null, handed_over_at = null, left_at = null
    where gateway_id = :gateway_id and visit_id = :visit_id and broker is null
""")


async def wish_login(database: Database, gateway_id: str, visit_id: str, broker: str) -> None:
    """The investor goes to the login of this broker next, unless they chose one before."""
    await database.execute(*_WISH_LOGIN(gateway_id=gateway_id, visit_id=visit_id, broker=broker))
