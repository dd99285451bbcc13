"""What is kept of an attempt, for whoever has to explain it later."""

from pathlib import Path

from tests.faults.stage import set_stage
from tests.support.brokers import ANY_BROKER


async def test_the_moment_of_the_brokers_answer_stays_when_the_order_goes_on(
    own_database_url: str, tmp_path: Path
) -> None:
    async with set_stage(own_database_url, tmp_path, ANY_BROKER) as stage:
        session = await stage.log_in()

        async with stage.worker_here():
            transaction_id = await stage.buy(session, ("TCS", 2))
            batch = await stage.ended(transaction_id)
        started_at, ended_at = await stage.services.database.value("select (started_at, ended_at) from attempts")

        assert ended_at is not None
        assert batch.completed_at is not None
        assert started_at < ended_at < batch.completed_at
