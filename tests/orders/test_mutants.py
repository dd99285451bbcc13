"""A slice of `make mutants`, so that it is seen to work and the rules of doubt cannot lose their rows unnoticed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_mutant_of_the_rules_for_an_order_in_doubt_passes_the_rows() -> None:
    slice_ = (
        "--tests",
        "tests/orders/test_judge.py",
        "torana.orders.evidence.x__never_left",
        "torana.orders.judge.x__undecided",
    )

    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / "mutants.py", *slice_], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 survived" in ran.stdout, ran.stdout
