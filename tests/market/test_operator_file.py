"""The operator's own instruments."""

from pathlib import Path

import pytest

from torana.kit.errors import ConfigurationError
from torana.market import securities
from torana.market.models import Security
from torana.market.operator_file import Corrections, read_corrections
from torana.market.packaged import packaged_securities

NEW = """
[[instruments]]
symbol = "NEWCO"
name = "New Company Limited"
isin = "INE111A01011"
series = "EQ"
tick_paise = 5
lot = 1
exchange_token = 999901

[[instruments]]
symbol = "INFY"
tick_paise = 50
freeze_quantity = 123456

[[instruments]]
symbol = "TCS"
series = "N5"

[[renamed]]
old = "OLDCO"
new = "NEWCO"
since = 2026-11-01
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "instruments.toml"
    path.write_text(text, encoding="utf-8")
    return path


def by_symbol(corrections: Corrections) -> dict[tuple[str, str], Security]:
    return {(one.exchange, one.symbol): one for one in corrections.applied(packaged_securities())}


def test_the_file_adds_and_corrects_and_leaves_the_rest(tmp_path: Path) -> None:
    before = by_symbol(Corrections())
    after = by_symbol(read_corrections(written(tmp_path, NEW)))

    assert after.keys() - before.keys() == {("NSE", "NEWCO")}
    assert after["NSE", "NEWCO"].kind == "equity"
    infy, was = after["NSE", "INFY"], before["NSE", "INFY"]
    assert (infy.tick, infy.freeze_quantity) == (50, 123_456)
    assert (infy.isin, infy.lot, infy.name, infy.kind) == (was.isin, was.lot, was.name, was.kind)
    assert after["NSE", "TCS"].kind == "other"
    assert after["BSE", "INFY"] == before["BSE", "INFY"]


def test_the_process_goes_by_it_and_follows_its_renamings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORANA_INSTRUMENTS_FILE", str(written(tmp_path, NEW)))
    securities.corrections.cache_clear()
    securities.use(None)
    try:
        old, infy = securities.find("OLDCO"), securities.find("INFY")
    finally:
        securities.corrections.cache_clear()
        securities.use(None)

    assert old is not None
    assert old.symbol == "NEWCO"
    assert infy is not None
    assert infy.tick == 50


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[instruments]]\nsymbol = 5", "symbol"),
        ('[[instruments]]\nsymbol = "INFY"\ntick = 5', "tick"),
        ('[[instruments]]\nsymbol = "INFY"\ntick_paise = 0', "tick_paise must be above zero"),
        ('[[instruments]]\nsymbol = "INFY"\ntick_paise = 0.5', "tick_paise"),
        ('[[instruments]]\nsymbol = "INFY"\nlot = -1', "lot must be above zero"),
        ('[[instruments]]\nsymbol = "INFY"\nisin = "X"', "no ISIN"),
        ('[[instruments]]\nsymbol = "INFY"\nexchange = "MCX"', "no exchange 'MCX'"),
        ('[[instruments]]\nsymbol = "INFY"\nkind = "gold"', "kind"),
        ("[[instrument]]", "instrument"),
        ("not toml", "instruments.toml"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_corrections(written(tmp_path, text))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_corrections(tmp_path / "nowhere.toml")


def test_a_security_that_is_new_must_be_whole(tmp_path: Path) -> None:
    corrections = read_corrections(written(tmp_path, '[[instruments]]\nsymbol = "NEWCO"\nisin = "INE111A01011"'))

    with pytest.raises(ConfigurationError, match="NSE:NEWCO is not in the list"):
        corrections.applied(packaged_securities())
