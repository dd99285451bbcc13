"""The brokers' instrument files, row by row."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from torana.connectors import instrument_files
from torana.connectors.angelbroking import instruments as angelbroking
from torana.connectors.axis import instruments as axis
from torana.connectors.dhan import instruments as dhan
from torana.connectors.edelweiss import instruments as edelweiss
from torana.connectors.fivepaisa import instruments as fivepaisa
from torana.connectors.fyers import instruments as fyers
from torana.connectors.hdfc import instruments as hdfc
from torana.connectors.hdfcsky import instruments as hdfcsky
from torana.connectors.instrument_files import paise_of_tick, sources
from torana.connectors.kite import instruments as kite
from torana.connectors.motilal import instruments as motilal
from torana.connectors.samco import instruments as samco
from torana.connectors.upstox import instruments as upstox
from torana.kit.file_formats import UnreadableFile
from torana.market.models import FileRow, Security
from torana.market.refresh import Brings, Reader
from torana.market.sorting import Tally

UPSTOX_ROW = {
    "segment": "NSE_EQ",
    "name": "JOCIL LIMITED",
    "exchange": "NSE",
    "isin": "INE839G01010",
    "instrument_type": "EQ",
    "instrument_key": "NSE_EQ|INE839G01010",
    "lot_size": 1,
    "freeze_quantity": 100000.0,
    "exchange_token": "16927",
    "tick_size": 5.0,
    "trading_symbol": "JOCIL",
    "short_name": "JOCIL",
    "security_type": "NORMAL",
}
KITE_HEAD = (
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,"
    "segment,exchange\n"
)


def read(reader: Reader, chunks: Iterable[bytes]) -> tuple[list[FileRow], Tally]:
    tally = Tally()
    return list(reader(chunks, tally)), tally


def upstox_rows(*changes: dict[str, object]) -> tuple[list[FileRow], Tally]:
    return read(upstox.FILE.read, [json.dumps([UPSTOX_ROW | change for change in changes]).encode()])


def test_a_security_of_upstox_is_read_whole() -> None:
    rows, tally = upstox_rows({})

    assert rows == [
        FileRow(
            exchange="NSE",
            exchange_token=16927,
            isin="INE839G01010",
            symbol="JOCIL",
            series="EQ",
            kind="equity",
            tick=5,
            lot=1,
            freeze_quantity=None,
            name="JOCIL LIMITED",
            code="NSE_EQ|INE839G01010",
            broker_symbol="JOCIL",
            largest_order=100_000,
        )
    ]
    assert tally == Tally(seen=1)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"instrument_type": "BE"}, "equity"),
        ({"instrument_type": "SM"}, "sme"),
        ({"isin": "INF204KB14I2"}, "etf"),
        ({"instrument_type": "RR"}, "reit"),
        ({"instrument_type": "IV"}, "invit"),
        ({"instrument_type": "GB", "isin": "IN0020190552"}, "sgb"),
        ({"instrument_type": "GS", "isin": "IN0020060086"}, "other"),
        ({"instrument_type": "N5"}, "other"),
        ({"segment": "BSE_EQ", "exchange": "BSE", "instrument_type": "A"}, "equity"),
        ({"segment": "BSE_EQ", "exchange": "BSE", "instrument_type": "E", "isin": "INF204KB14I2"}, "etf"),
        ({"segment": "BSE_EQ", "exchange": "BSE", "instrument_type": "F"}, "other"),
    ],
)
def test_its_series_says_what_a_security_is(change: dict[str, object], kind: str) -> None:
    rows, _ = upstox_rows(change)

    assert [row.kind for row in rows] == [kind]


@pytest.mark.parametrize(
    "change",
    [
        {"freeze_quantity": None},
        {"freeze_quantity": 0.0},
    ],
)
def test_a_largest_order_that_nobody_told_is_unknown(change: dict[str, object]) -> None:
    rows, _ = upstox_rows(change)

    assert [row.largest_order for row in rows] == [None]


@pytest.mark.parametrize(
    "change",
    [
        {"isin": "US0378331005"},
        {"isin": None},
        {"exchange_token": "abc"},
        {"exchange_token": "0"},
        {"exchange_token": "9" * 30},
        {"lot_size": 0},
        {"lot_size": 1.5},
        {"lot_size": "one"},
        {"lot_size": "1e999999999"},
        {"lot_size": "NaN"},
        {"tick_size": "Infinity"},
        {"tick_size": "1e999999999"},
        {"tick_size": 0},
        {"tick_size": 0.3},
        {"tick_size": -5},
        {"tick_size": 1e300},
        {"freeze_quantity": 10.5},
        {"trading_symbol": ""},
        {"trading_symbol": "A" * 501},
        {"name": "NUL\0"},
        {"name": None},
    ],
)
def test_a_row_that_cannot_be_read_is_skipped_and_counted(change: dict[str, object]) -> None:
    rows, tally = upstox_rows(change, {})

    assert [row.symbol for row in rows] == ["JOCIL"]
    assert tally == Tally(seen=2, unreadable=1)


@pytest.mark.parametrize("segment", ["NSE_FO", "BSE_FO", "NSE_INDEX", "MCX_FO", "NSE_COM", "nse_eq"])
def test_other_segments_are_left_out_whatever_their_rows_hold(segment: str) -> None:
    rows, tally = read(upstox.FILE.read, [json.dumps([{"segment": segment, "expiry": 1}]).encode()])

    assert (rows, tally) == ([], Tally(seen=1, left_out=1))


@pytest.mark.parametrize(("tick", "paise"), [("5", 5), ("5.0", 5), ("0.5", 1), ("0.25", 1), ("1", 1), ("500", 500)])
def test_a_tick_is_whole_paise(tick: str, paise: int) -> None:
    assert paise_of_tick(Decimal(tick)) == paise


def test_kite_names_securities_by_the_exchanges_token() -> None:
    body = KITE_HEAD + (
        '408065,1594,INFY,INFOSYS,0,"",0,0.1,1,EQ,NSE,NSE\n'
        '2402049,9383,EMBASSY-RR,EMBASSY OFFICE PARKS REIT,0,"",0,0.01,1,EQ,NSE,NSE\n'
        '128053508,500209,INFY,INFOSYS,0,"",0,0.05,1,EQ,BSE,BSE\n'
        '256265,1001,NIFTY 50,NIFTY 50,0,"",0,0,0,EQ,INDICES,NSE\n'
        "12073986,47164,NIFTY26NOVFUT,NIFTY,0,2026-11-24,0,0.1,65,FUT,NFO-FUT,NFO\n"
        '1,x,BROKEN,BROKEN,0,"",0,0.1,1,EQ,NSE,NSE\n'
        ',7,BROKEN,BROKEN,0,"",0,0.1,1,EQ,NSE,NSE\n'
        "too,short\n"
    )

    rows, tally = read(kite.FILE.read, [body.encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.broker_symbol, row.isin) for row in rows] == [
        ("NSE", 1594, "408065", "INFY", ""),
        ("NSE", 9383, "2402049", "EMBASSY-RR", ""),
        ("BSE", 500209, "128053508", "INFY", ""),
    ]
    assert tally == Tally(seen=8, left_out=2, unreadable=3)


def test_angel_names_securities_by_the_exchanges_token() -> None:
    base = {"expiry": "", "strike": "-1.000000", "lotsize": "1", "instrumenttype": "", "tick_size": "10.000000"}
    body = [
        base | {"token": "1594", "symbol": "INFY-EQ", "name": "INFY", "exch_seg": "NSE"},
        base | {"token": "500209", "symbol": "INFY", "name": "INFY", "exch_seg": "BSE"},
        base
        | {"token": "99926000", "symbol": "Nifty 50", "name": "NIFTY", "exch_seg": "NSE", "instrumenttype": "AMXIDX"},
        base | {"token": "47164", "symbol": "NIFTY24NOV26FUT", "name": "NIFTY", "exch_seg": "NFO"},
        base | {"token": "", "symbol": "BROKEN-EQ", "name": "BROKEN", "exch_seg": "NSE"},
        base | {"token": 7, "symbol": "BROKEN-EQ", "name": "BROKEN", "exch_seg": "NSE"},
    ]

    rows, tally = read(angelbroking.FILE.read, [json.dumps(body).encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.broker_symbol) for row in rows] == [
        ("NSE", 1594, "1594", "INFY-EQ"),
        ("BSE", 500209, "500209", "INFY"),
    ]
    assert tally == Tally(seen=6, left_out=2, unreadable=2)


def test_fivepaisa_names_securities_by_the_exchanges_token() -> None:
    lines = [
        "Exch,ExchType,ScripCode,ScripData,Name,ISIN,Series",
        "N,C,1594,INFY_EQ,INFY,INE009A01021,EQ",
        "B,C,500209,INFY_A,INFY,INE009A01021,A",
        "N,D,43899,X,BANKNIFTY 07 Feb 2024 CE 47000.00,,XX",
        "M,C,1,X,GOLD,,XX",
        "N,C,none,X,INFY,INE009A01021,EQ",
        "N,C",
    ]

    rows, tally = read(fivepaisa.FILE.read, ["\n".join([*lines, ""]).encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.symbol) for row in rows] == [
        ("NSE", 1594, "1594", "INFY"),
        ("BSE", 500209, "500209", "INFY"),
    ]
    assert (tally.seen, tally.left_out, tally.unreadable) == (6, 2, 2)


def test_fyers_names_securities_by_tickers_with_their_series() -> None:
    """Its files have no line of names."""
    behind = "0915-1530|1815-1915:,2026-11-18,,"
    lines = [
        f"10100000001594,INFOSYS LIMITED,0,1,0.1,INE009A01021,{behind}NSE:INFY-EQ,10,10,1594,INFY,1594,-1.0,XX",
        f"1210000000500209,INFOSYS LIMITED,0,1,0.05,INE009A01021,{behind}BSE:INFY-A,12,10,500209,INFY,500209,-1.0,XX",
        f"101000000026000,NIFTY50-INDEX,10,0,0.05,,{behind}NSE:NIFTY50-INDEX,10,10,26000,NIFTY,26000,-1.0,XX",
        f"101126112435000,NIFTY 24 Nov 26 FUT,11,75,0.1,,{behind}NSE:NIFTY26NOVFUT,10,11,35000,NIFTY,26000,-1.0,XX",
        f"11,GOLD,30,1,1,,{behind}MCX:GOLD26DECFUT,11,20,7,GOLD,7,-1.0,XX",
        f"10100000001594,BROKEN,0,1,0.1,INE009A01021,{behind}NSE:INFY-EQ,10,10,none,INFY,1594,-1.0,XX",
        f"10100000001594,BROKEN,0,1,0.1,INE009A01021,{behind}NSE:,10,10,1594,INFY,1594,-1.0,XX",
        "10100000001594,SHORT",
    ]

    rows, tally = read(fyers.FILE.read, ["\n".join([*lines, ""]).encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.broker_symbol) for row in rows] == [
        ("NSE", 1594, "NSE:INFY-EQ", "INFY-EQ"),
        ("BSE", 500209, "BSE:INFY-A", "INFY-A"),
    ]
    assert (tally.seen, tally.left_out, tally.unreadable) == (8, 3, 3)


def test_dhan_names_securities_by_the_exchanges_token() -> None:
    lines = [
        "SEM_EXM_EXCH_ID,SEM_SEGMENT,SEM_SMST_SECURITY_ID,SEM_INSTRUMENT_NAME,SEM_TRADING_SYMBOL,SEM_SERIES",
        "NSE,E,1594,EQUITY,INFY,EQ",
        "BSE,E,500209,EQUITY,INFY,A",
        "NSE,D,68407,FUTIDX,NIFTY-Sep2026-FUT,NA",
        "NSE,I,13,INDEX,NIFTY,X",
        "MCX,M,565899,FUTCOM,CRUDEOIL-21Sep2026-FUT,NA",
        "NSE,E,none,EQUITY,BROKEN,EQ",
        "NSE,E,7",
    ]

    rows, tally = read(dhan.FILE.read, ["\n".join([*lines, ""]).encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.broker_symbol) for row in rows] == [
        ("NSE", 1594, "1594", "INFY"),
        ("BSE", 500209, "500209", "INFY"),
    ]
    assert (tally.seen, tally.left_out, tally.unreadable) == (7, 3, 2)


def test_axis_names_securities_by_ids_of_its_own() -> None:
    lines = [
        "exchange,segment,exchangeToken,scriptId,symbol,isin",
        "NSE,EQ,1594,101594,INFY,INE009A01021",
        "BSE,EQ,500209,11500209,INFY,INE009A01021",
        "NSE,FO,43899,1243899,BANKNIFTY,",
        "NSE,EQ,none,101594,INFY,INE009A01021",
        "NSE,EQ",
    ]

    rows, tally = read(axis.FILE.read, ["\n".join([*lines, ""]).encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.symbol) for row in rows] == [
        ("NSE", 1594, "101594", "INFY"),
        ("BSE", 500209, "11500209", "INFY"),
    ]
    assert (tally.seen, tally.left_out, tally.unreadable) == (5, 1, 2)


def test_nuvama_names_securities_by_token_and_exchange_and_by_isin() -> None:
    """A text in quotation marks may go over more than one line."""
    lines = [
        "exchangetoken,tradingsymbol,symbolname,description,assettype,exchange,asmgsmmsg",
        '1594_NSE,INE009A01021,INFY,"INFOSYS, LTD",EQUITY,NSE,"Under watch.',
        'Would you like to continue?"',
        "500209_BSE,INE009A01021,INFY,INFOSYS LTD,EQUITY,BSE,",
        "43899_NFO,BANKNIFTY29SEP26C72600,BANKNIFTY,,OPTIDX,NFO,",
        "-29,Nifty 50,NIFTY,,INDEX,NSE,",
        "1594,INE009A01021,INFY,INFOSYS LTD,EQUITY,NSE,",
        "1594_BSE,INE009A01021,INFY,INFOSYS LTD,EQUITY,NSE,",
        "none_NSE,INE009A01021,INFY,INFOSYS LTD,EQUITY,NSE,",
        "1594_NSE",
    ]

    rows, tally = read(edelweiss.FILE.read, ["\n".join([*lines, ""]).encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.broker_symbol) for row in rows] == [
        ("NSE", 1594, "1594_NSE", "INE009A01021"),
        ("BSE", 500209, "500209_BSE", "INE009A01021"),
    ]
    assert (tally.seen, tally.left_out, tally.unreadable) == (8, 2, 4)


def test_hdfc_names_securities_by_codes_of_its_own() -> None:
    columns = (
        "exchange,security_id,instrument_segment,expiry_date,strike_price,option_type,lot_size,tick_size,close_price,"
        "exch_security_id,symbol_name,underline_symbol,open_price"
    )
    lines = [
        columns,
        "NSE,INFTECEQNR,EQUITY,,,,1,10,1500.1,1594,INFY,,1498",
        "BSE,INFTECEQNR,EQUITY,,,,1,5,1500.1,500209,,,0",
        "NSE,INFTECN1NR,EQUITY,,,,1,5,1,DUMMY77,INFY,,0",
        "NSE,48796,FUTSTK,2026-11-24,-.01,XX,400,10,1500,48796,INFY,INFTECEQNR,1500",
        "MCX,SILVER100,COM,,,,100,100,0,637,SILVER100,,0",
        "NSE,BROKEN,EQUITY,,,,1,5,1,none,BROKEN,,0",
        "NSE,SHORT",
    ]

    rows, tally = read(hdfc.FILE.read, ["\n".join([*lines, ""]).encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.symbol) for row in rows] == [
        ("NSE", 1594, "INFTECEQNR", "INFY"),
        ("BSE", 500209, "INFTECEQNR", "INFTECEQNR"),
    ]
    assert (tally.seen, tally.left_out, tally.unreadable) == (7, 3, 2)


def test_hdfc_sky_names_securities_by_the_exchanges_token() -> None:
    columns = "exchange_token,trading_symbol,company_name,close_price,segment,exchange,isin"
    lines = [
        columns,
        "1594,INFY-EQ,INFOSYS,1500.1,EQ,NSE,INE009A01021",
        "500209,INFY-A,INFOSYS,1500.1,A,BSE,INE009A01021",
        "26000,Nifty 50,,25000,INDICES,NSE,",
        "1,SENSEX,,80000,IDX,BSE,",
        "47164,NIFTY26NOVFUT,NIFTY,25000,FUTIDX,NFO,",
        "none,BROKEN-EQ,BROKEN,1,EQ,NSE,",
        "7,SHORT",
    ]

    rows, tally = read(hdfcsky.FILE.read, ["\n".join([*lines, ""]).encode()])

    assert [(row.exchange, row.exchange_token, row.code, row.broker_symbol) for row in rows] == [
        ("NSE", 1594, "1594", "INFY-EQ"),
        ("BSE", 500209, "500209", "INFY-A"),
    ]
    assert (tally.seen, tally.left_out, tally.unreadable) == (7, 3, 2)


@pytest.mark.parametrize(
    "reader",
    [
        *(
            upstox.FILE.read,
            kite.FILE.read,
            angelbroking.FILE.read,
            fivepaisa.FILE.read,
            fyers.FILE.read,
            hdfc.FILE.read,
            hdfcsky.FILE.read,
            edelweiss.FILE.read,
        ),
        *(axis.FILE.read, dhan.FILE.read, motilal.FILE.read, samco.FILE.read),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html><h1>Maintenance</h1></html>\n", b"{}"])
def test_a_page_instead_of_a_file_is_no_file(reader: Reader, body: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read(reader, [body] if body else [])


def test_every_folder_with_a_file_is_found() -> None:
    found = {file.broker: file.brings for file in instrument_files.instrument_files()}

    assert found == {
        "angelbroking": Brings.CODES,
        "axis": Brings.CODES,
        "dhan": Brings.CODES,
        "edelweiss": Brings.CODES,
        "fivepaisa": Brings.CODES,
        "fyers": Brings.CODES,
        "hdfc": Brings.CODES,
        "hdfcsky": Brings.CODES,
        "kite": Brings.CODES,
        "motilal": Brings.CODES,
        "samco": Brings.CODES,
        "upstox": Brings.SECURITIES,
    }


async def test_securities_come_before_codes_and_a_sandbox_is_asked_for_nothing_real() -> None:
    async with sources(["kite", "upstox"], "http://127.0.0.1:8081/") as found:
        assert [source.url for source in found] == [
            "http://127.0.0.1:8081/upstox/assets/market-quote/instruments/exchange/complete.json.gz",
            "http://127.0.0.1:8081/kite/api/instruments",
        ]
    async with sources(["kite"], None) as found:
        assert [source.url for source in found] == ["https://api.kite.trade/instruments"]


REAL = Path(__file__).parents[1] / "market" / "files"
"""Rows of real files; `SOURCES.md` says where they come from."""


def of(row: FileRow) -> Security:
    return Security(
        row.symbol,
        row.name,
        row.isin,
        row.series,
        row.tick,
        row.lot,
        row.exchange_token,
        row.kind,
        exchange=row.exchange,
    )


def test_real_rows_of_upstox_are_read_but_for_the_one_with_a_typing_error_in_its_isin() -> None:
    body = (REAL / "upstox-2025-12-10.json").read_bytes()
    given = [one["segment"] for one in json.loads(body)]

    rows, tally = read(upstox.FILE.read, [body])

    equities = sum(segment in ("NSE_EQ", "BSE_EQ") for segment in given)
    assert tally == Tally(seen=len(given), left_out=len(given) - equities, unreadable=1)
    assert len(rows) == equities - 1
    assert {upstox.FILE.names(of(row)) for row in rows} == {(row.code, row.broker_symbol) for row in rows}
    kinds = {(row.exchange, row.symbol): row.kind for row in rows}
    assert kinds["NSE", "INFY"] == kinds["BSE", "INFY"] == kinds["BSE", "UMIYA-MRO"] == "equity"
    assert kinds["NSE", "ATL-RE"] == kinds["BSE", "ATL-RE"] == "other"
    assert kinds["NSE", "NIFTYBEES"] == "etf"
    assert kinds["NSE", "EMBASSY"] == "reit"


def test_upstox_tells_its_own_largest_order_and_not_the_exchanges() -> None:
    rows, _ = read(upstox.FILE.read, [(REAL / "upstox-2025-12-10.json").read_bytes()])

    assert {row.largest_order for row in rows if row.kind != "other"} == {100_000}
    assert {row.freeze_quantity for row in rows} == {None}


def test_real_rows_of_angel_tell_the_exchanges_largest_orders() -> None:
    rows, tally = read(angelbroking.FILE.read, [(REAL / "angelbroking-2026.json").read_bytes()])

    assert tally == Tally(seen=12, left_out=2)
    told = {row.broker_symbol: (row.code, row.freeze_quantity) for row in rows}
    assert told["SYNGENE-EQ"] == ("10243", 247_449)
    assert told["VEEKAYEM-SM"] == ("10710", 192_136)


def test_real_rows_of_kite_are_read_with_empty_names_and_quotation_marks() -> None:
    rows, tally = read(kite.FILE.read, [(REAL / "kite-2026-01.csv").read_bytes()])

    assert tally == Tally(seen=14, left_out=2)
    assert [int(row.code) for row in rows] == [row.exchange_token << 8 | 1 for row in rows]
    assert "VINEET-RE-BE" in [row.broker_symbol for row in rows]
