"""What can be traded."""

from datetime import date

import pytest

from torana.market.securities import Security, all_securities, find, list_date


def test_the_whole_list_is_known_with_the_figures_of_the_exchange() -> None:
    securities = all_securities()

    assert len(securities) > 3000
    assert len({security.isin for security in securities.values()}) == len(securities)
    assert len({security.exchange_token for security in securities.values()}) == len(securities)
    assert {security.kind for security in securities.values()} == {"equity", "sme", "etf", "reit", "invit", "sgb"}
    for symbol, security in securities.items():
        assert security.symbol == symbol
        assert len(security.isin) == 12
        assert security.isin.startswith("IN")
        assert security.tick in {1, 5, 10, 50, 100, 500}
        assert security.lot > 0
        assert security.freeze_quantity is None


def test_the_list_tells_its_day() -> None:
    assert list_date() == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("symbol", "tick", "token", "isin"),
    [
        ("NMDC", 1, 15332, "INE584A01023"),
        ("SUZLON", 1, 12018, "INE040H01021"),
        ("ABBOTINDIA", 500, 17903, "INE358A01014"),
        ("NIFTYBEES", 1, 10576, "INF204KB14I2"),
        ("GOLDBEES", 1, 14428, "INF204KB17I5"),
        ("EMBASSY", 1, 9383, "INE041025011"),
    ],
)
def test_figures_of_some_securities(symbol: str, tick: int, token: int, isin: str) -> None:
    security = find(symbol)

    assert security is not None
    assert (security.tick, security.exchange_token, security.isin) == (tick, token, isin)


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("ZOMATO", "ETERNAL"),
        ("zomato", "ETERNAL"),
        ("TATAMOTORS", "TMPV"),
        ("AKZOINDIA", "JSWDULUX"),
        ("TELCO", "TMPV"),
        ("INFOSYSTCH", "INFY"),
        ("TMPV", "TMPV"),
        ("INFY", "INFY"),
    ],
)
def test_an_old_symbol_leads_to_what_it_is_called_today(old: str, today: str) -> None:
    security = find(old)

    assert security is not None
    assert security.symbol == today


def test_every_symbol_of_the_list_is_itself_whoever_had_it_before() -> None:
    for symbol in all_securities():
        security = find(symbol)
        assert security is not None
        assert security.symbol == symbol


@pytest.mark.parametrize("symbol", ["RELIANCE", "reliance", "Reliance"])
def test_a_symbol_is_found_in_any_letter_case(symbol: str) -> None:
    reliance = find(symbol)

    assert reliance is not None
    assert (reliance.symbol, reliance.isin, reliance.series) == ("RELIANCE", "INE002A01018", "EQ")


@pytest.mark.parametrize(
    "symbol",
    ["RELIANCE-EQ", " RELIANCE", "RELIANCE ", "RELIANCE\n", "", "\u0131tc", "\u0131TC", "INF\uff39", "\u017fBIN"],
)
def test_nothing_else_is_taken_for_a_symbol(symbol: str) -> None:
    assert find(symbol) is None


@pytest.mark.parametrize(
    ("price", "near"),
    [(1, 5), (2, 5), (5, 5), (7, 5), (8, 10), (9_007_199_254_740_993, 9_007_199_254_740_995)],
)
def test_the_nearest_price_is_on_the_tick_and_never_zero(price: int, near: int) -> None:
    five_paise = Security("X", "X", "INE000X01010", "EQ", tick=5, lot=1, exchange_token=1, kind="equity")

    assert five_paise.nearest_price(price) == near
