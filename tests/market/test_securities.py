"""What can be traded."""

from torana.market.securities import all_securities, find


def test_all_five_hundred_securities_are_known_with_usable_figures() -> None:
    securities = all_securities()

    assert len(securities) == 500
    assert len({security.isin for security in securities.values()}) == 500
    for symbol, security in securities.items():
        assert security.symbol == symbol
        assert len(security.isin) == 12
        assert security.isin.startswith("IN")
        assert security.tick in {1, 5, 10, 50, 100, 500}
        assert security.freeze_quantity > 0


def test_a_symbol_is_found_in_any_letter_case_and_otherwise_exactly() -> None:
    reliance = find("reliance")

    assert reliance is not None
    assert (reliance.symbol, reliance.isin, reliance.series) == ("RELIANCE", "INE002A01018", "EQ")
    assert find("M&M") is not None
    assert find("RELIANCE-EQ") is None
    assert find(" RELIANCE") is None
    assert find("") is None
