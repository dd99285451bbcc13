"""A slice of `make mutants`, so that it is seen to work and the rules of doubt cannot lose their rows unnoticed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_mutant_of_the_rule_for_an_order_that_never_left_passes_its_rows() -> None:
    rows = "test_only_a_healthy_look_on_its_day_proves_that_an_order_never_left"
    slice_ = ("--tests", f"tests/orders/test_judge.py::{rows}", "torana.orders.evidence.x__never_left")

    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / "mutants.py", *slice_], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 survived" in ran.stdout, ran.stdout
