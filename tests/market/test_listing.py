"""One listing, looked up by every name that a security has."""

from collections.abc import Sequence
from datetime import date

import pytest

from torana.market.listing import Listing, NotTradable, Origin, Refused, build, packaged
from torana.market.models import BrokerCode, Security, SymbolChange
from torana.market.packaged import packaged_changes, packaged_dates, packaged_securities
from torana.market.series import kind_of

DAY = date(2026, 11, 27)
INFY = Security("INFY", "Infosys", "INE009A01021", "EQ", 10, 1, 1594, "equity", 400_000, "NSE", 500209)
INFY_BSE = Security("INFY", "Infosys", "INE009A01021", "A", 5, 1, 500209, "equity", None, "BSE", 500209)
DEBENTURE = Security("IRFC", "IRFC 8.1 %", "INE053F07AB5", "N5", 1, 1, 777, "other")
SHARE = Security("IRFC", "IRFC", "INE053F01010", "EQ", 1, 1, 2029, "equity")
BOND = Security("754GS2036", "GOI 7.54 % 2036", "IN0020220029", "GS", 1, 100, 888, "other")
ELSEWHERE = Security("ONLYBSE", "Only on the BSE", "INE999Z01019", "X", 1, 1, 599999, "equity", None, "BSE", 599999)
CODES = [
    BrokerCode("kite", "NSE", "INE009A01021", "408065", "INFY"),
    BrokerCode("upstox", "NSE", "INE009A01021", "NSE_EQ|INE009A01021", "INFY"),
    BrokerCode("kite", "BSE", "INE009A01021", "128053508", "INFY"),
    BrokerCode("kite", "NSE", "INE000X01010", "1", "GONE"),
]


def listing(*securities: Security, changes: Sequence[SymbolChange] = ()) -> Listing:
    dates = {"NSE": DAY, "BSE": DAY}
    return build(securities, changes, CODES, dates=dates, origin=Origin.REFRESHED)


ALL = listing(DEBENTURE, INFY, INFY_BSE, BOND, SHARE, ELSEWHERE)


def test_a_security_is_found_by_each_of_its_names() -> None:
    assert ALL.by_symbol("infy") == INFY
    assert ALL.by_symbol("INFY", "BSE") == INFY_BSE
    assert ALL.by_isin("INE009A01021") == INFY
    assert ALL.by_isin("INE009A01021", "BSE") == INFY_BSE
    assert ALL.by_token(1594) == INFY
    assert ALL.by_token(500209) is None
    assert ALL.by_bse_code(500209) == INFY_BSE
    assert ALL.by_broker_code("kite", "408065") == INFY
    assert ALL.by_broker_code("kite", "408065", "BSE") is None
    assert ALL.by_broker_code("kite", "128053508", "BSE") == INFY_BSE
    assert ALL.by_broker_code("upstox", "NSE_EQ|INE009A01021") == INFY
    assert ALL.by_broker_code("hdfc", "408065") is None


def test_a_security_has_the_codes_of_every_broker() -> None:
    assert ALL.code_of("kite", "INE009A01021") == CODES[0]
    assert ALL.code_of("kite", "INE009A01021", "BSE") == CODES[2]
    assert ALL.code_of("hdfc", "INE009A01021") is None
    assert ALL.codes_of(INFY) == CODES[:2]
    assert ALL.codes() == {"kite": 2, "upstox": 1}


def test_all_that_a_name_may_mean_is_found() -> None:
    assert ALL.all_of("INFY", "NSE") == [INFY]
    assert ALL.all_of("500209", "BSE") == [INFY_BSE]
    assert ALL.all_of("ine009a01021", "NSE") == [INFY]
    assert ALL.all_of("408065", "NSE") == [INFY]
    assert ALL.all_of("nothing", "NSE") == []


@pytest.mark.parametrize(
    ("ticker", "found"),
    [
        ("INFY", INFY),
        ("IRFC", SHARE),
        ("754GS2036", Refused(NotTradable.OTHER_SERIES, BOND)),
        ("ONLYBSE", Refused(NotTradable.OTHER_EXCHANGE, ELSEWHERE)),
        ("NOSUCH", Refused(NotTradable.NOT_LISTED)),
    ],
)
def test_a_ticker_is_a_security_or_says_why_not(ticker: str, found: Security | Refused) -> None:
    assert ALL.resolve(ticker) == found


def test_what_the_bse_calls_otherwise_leads_to_the_symbol_of_the_nse() -> None:
    on_nse = Security("NEWNAME", "N", "INE000A01018", "EQ", 5, 1, 1, "equity")
    on_bse = Security("OLDNAME", "N", "INE000A01018", "A", 5, 1, 500001, "equity", None, "BSE", 500001)

    assert listing(on_nse, on_bse).resolve("OLDNAME") == Refused(NotTradable.NOT_LISTED, on_nse)


def test_what_no_order_can_be_for_is_in_no_other_look_up() -> None:
    assert ALL.by_symbol("754GS2036") is None
    assert ALL.by_isin(BOND.isin) is None
    assert ALL.by_token(BOND.exchange_token) is None
    assert ALL.counts() == {"NSE": 2, "BSE": 2}


@pytest.mark.parametrize(
    ("first", "second", "meant"),
    [("BE", "EQ", "EQ"), ("EQ", "BE", "EQ"), ("SM", "BZ", "BZ"), ("RR", "BE", "BE")],
)
def test_of_several_series_of_one_symbol_the_most_traded_is_meant(first: str, second: str, meant: str) -> None:
    rows = [
        Security("X", "X", f"INE00{at}X01010", series, 1, 1, at, kind_of("NSE", series, "INE"))
        for at, series in enumerate((first, second), 1)
    ]

    found = listing(*rows).by_symbol("X")

    assert found is not None
    assert found.series == meant


def test_a_symbol_of_the_packaged_list_leads_to_what_has_its_isin_now() -> None:
    """The list of the package is older than the brokers' files: what was renamed between them is in neither."""
    renamed = Security("TATACONSULT", "TCS", "INE467B01029", "EQ", 10, 1, 11536, "equity")

    found = listing(renamed)

    assert found.by_symbol("TCS") == renamed
    assert found.resolve("tcs") == renamed
    assert found.by_symbol("INFY") is None


def test_a_change_of_a_later_day_goes_on_from_an_earlier_one() -> None:
    changes = [SymbolChange("A", "B", date(2026, 1, 1)), SymbolChange("B", "INFY", DAY)]

    found = listing(INFY, changes=changes)

    assert found.by_symbol("A") == INFY
    assert found.by_symbol("B") == INFY


def test_the_packaged_listing_is_whole_and_says_its_days() -> None:
    whole = packaged()

    assert whole.counts() == {"NSE": 3332, "BSE": 4788}
    assert whole.dates == packaged_dates() == {"NSE": date(2026, 7, 1), "BSE": date(2025, 11, 10)}
    assert whole.origin is Origin.PACKAGED
    assert len(packaged_changes()) > 1000
    infosys = whole.by_bse_code(500209)
    assert infosys is not None
    assert (infosys.symbol, infosys.exchange) == ("INFY", "BSE")


def test_the_table_of_series_agrees_with_the_packaged_list() -> None:
    for one in packaged_securities():
        assert kind_of(one.exchange, one.series, one.isin) == one.kind
