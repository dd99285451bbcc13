"""Runs Nuvama's official client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because the client writes what it is told to the standard output and files into its folder, leaves
by `sys.exit` where a login fails, and keeps threads that never end. An environment of its own: `edelweiss.txt`.
"""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

SETTINGS = """[GLOBAL]
AppIdKey={app_id_key}
BasePathLogin={root}/edelmw-login/login/
BasePathEq={root}/edelmw-eq/eq/
BasePathContent={root}/edelmw-content/content/
BasePathReport={root}/app-report/equity/
EquityContractURL={root}/app/toccontracts/instruments.zip

[STREAM]
HOST=127.0.0.1
PORT=9
"""


def main(root: str, key: str, password: str, app_id_key: str) -> None:
    out, client = sys.stdout, None
    Path("settings.ini").write_text(SETTINGS.format(root=root, app_id_key=app_id_key))
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            asked = json.loads(line)
            call, args = asked["call"][-1], asked["args"]
            try:
                if call == "methods":
                    told: Any = methods()
                elif call == "login":
                    client = logged_in(key, password, *args)
                    told = json.loads(client.GetLoginData())
                elif call == "instruments":
                    told = instruments(*args)
                else:
                    told = answer(client, call, args[0] if args else {})
            except SystemExit:
                print(json.dumps({"error": "the client gave up"}), file=out, flush=True)
                break
            except Exception as error:  # whatever the client raises is the test's to judge
                print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=out, flush=True)
                continue
            print(json.dumps({"value": told}), file=out, flush=True)
    os._exit(0)  # its threads would keep the process


def logged_in(key: str, password: str, request_id: str) -> Any:
    from APIConnect.APIConnect import APIConnect  # type: ignore[import-not-found]  # it opens a file at its import

    return APIConnect(key, password, request_id, True, "settings.ini")


def methods() -> list[str]:
    from APIConnect.APIConnect import APIConnect

    return [name for name in dir(APIConnect) if not name.startswith("_") and callable(getattr(APIConnect, name))]


def answer(client: Any, call: str, given: dict[str, Any]) -> Any:
    """Words become the client's own enumerations, by the name of the parameter."""
    from constants.action import ActionEnum  # type: ignore[import-not-found]
    from constants.asset_type import AssetTypeEnum  # type: ignore[import-not-found]
    from constants.chart_exchange import ChartExchangeEnum  # type: ignore[import-not-found]
    from constants.duration import DurationEnum  # type: ignore[import-not-found]
    from constants.exchange import ExchangeEnum  # type: ignore[import-not-found]
    from constants.intraday_interval import IntradayIntervalEnum  # type: ignore[import-not-found]
    from constants.order_type import OrderTypeEnum  # type: ignore[import-not-found]
    from constants.product_code import ProductCodeENum  # type: ignore[import-not-found]

    kinds = {
        "Exchange": ChartExchangeEnum if "Chart" in call else ExchangeEnum, "Action": ActionEnum,
        "Duration": DurationEnum, "Order_Type": OrderTypeEnum, "ProductCode": ProductCodeENum,
        "Product_Code": ProductCodeENum, "AssetType": AssetTypeEnum, "Interval": IntradayIntervalEnum,
    }  # fmt: skip
    told = getattr(client, call)(**{name: kinds.get(name, lambda one: one)(value) for name, value in given.items()})
    return json.loads(told) if isinstance(told, str) else told


def instruments(code: str) -> list[dict[str, str]]:
    """The rows of a code in the file that the client fetched and opened."""
    import csv

    with Path("instruments/instruments.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["exchangetoken"] == code]


if __name__ == "__main__":
    main(*sys.argv[1:])
