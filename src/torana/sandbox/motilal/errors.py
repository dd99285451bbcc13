"""How the simulated Motilal Oswal says yes and no. Source: the documented list of codes; `MO7777` is nobody's."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import JSON, Response

TABLE = Table(rows("""
    MO8000 500 Technical Error                          | status *
    MO8001 200 Invalid Token                            | session *
    MO8002 200 Token Expired                            | session expired
    MO8003 200 Token missing                            | session missing
    MO1000 200 Invalid UserId Or Password
    MO1001 200 Invalid User Id
    MO1004 200 Invalid API Key
    MO1007 200 Invalid 2FA
    MO1013 200 Order Not Found                          | reason not_found
    MO1014 200 TradeNot Found
    MO1015 200 Holding Not Found
    MO1016 200 Position Not Found
    MO1050 200 Invalid Input Parameter                  | * *, reason *
    MO1051 200 Invalid Exchange Input Parameter         | exchange *, exchangename *
    MO1052 200 Invalid BuySell Input Parameter          | buyorsell *
    MO1053 200 Invalid BookType Input Parameter         | ordertype *, newordertype *
    MO1054 200 Invalid Order Duration Parameter         | orderduration *, neworderduration *
    MO1055 200 Invalid Quantity Parameter               | quantityinlot *, newquantityinlot *
    MO1056 200 Invalid Disclose Quantity Parameter      | disclosedquantity *
    MO1057 200 Invalid Product Type Parameter           | producttype *
    MO1058 200 Invalid Scrip Code Input Parameter       | symboltoken *, scripcode *, reason symbol
    MO1060 200 Invalid Order Id Input Parameter         | uniqueorderid *
    MO1061 200 Invalid AMO Order Input Parameter        | amoorder *
    MO1064 200 Invalid Algo Id Input Parameter          | algoid *
    MO1066 200 Order Is Already Cancelled               | reason final
    MO1067 200 Order Is Already Traded
    MO1068 200 Order Is Already Rejected
    MO1080 200 Invalid Input Tag Field Length           | tag too_long
    MO1081 200 Invalid Input Tag Field Special Char     | tag *
    MO1083 200 Invalid Input OrderType Price Combination | price *, newprice *
    MO1089 200 Invalid Input ModifyOrder LastModifiedTimeStr | lastmodifiedtime *
    MO1090 200 Invalid Input ModifyOrder QtyTradedToday | qtytradedtoday *
    MO1093 200 Invalid TOTP
    MO2002 200 InVaild JSON format in Body Request
    MO2003 200 Accept is InVaild In Header Parameter
    MO2004 200 UserAgent is InVaild In Header Parameter
    MO2005 200 ApiKey is InVaild In Header Parameter
    MO2006 200 ApiSecretKey is InVaild In Header Parameter
    MO2007 200 Authorization is InVaild In Header Parameter
    MO2008 200 MacAddress is InVaild In Header Parameter
    MO2009 200 ClientLocalIP is InVaild In Header Parameter
    MO2010 200 ClientPublicIP is InVaild In Header Parameter
    MO2011 200 SourceID is InVaild In Header Parameter
    MO2012 200 Vendor Tag is Invalid In Header Parameter
    MO2014 200 OS Name is Invalid In Header Parameter
    MO2015 200 OS Version is Invalid In Header Parameter
    MO2016 200 Device Model is Invalid In Header Parameter
    MO2017 200 Manufacturer is Invalid In Header Parameter
    MO2018 200 Product Name is Invalid In Header Parameter
    MO2019 200 Product Version is Invalid In Header Parameter
    MO2020 200 Installed AppID is Invalid In Header Parameter
    MO2021 200 IMEI NO is Invalid In Header Parameter
    MO2022 200 Browser Name is Invalid In Header Parameter
    MO2023 200 Browser Version is Invalid In Header Parameter
    MO2001 405 Method Not Allowed                       | status 405
    MO2035 403 Unauthorized IP Address                  | status 403
    -      404 Not Found                                | status 404
    -      429 Too Many Requests                        | status 429
    MO7777 200 The order was refused under rule 7-Q.    | strange
"""))  # fmt: skip
_OF_ORDERS = range(1050, 1091)
"""The codes of what changes orders: their status is another word."""


def _answer(refused: Refused) -> Response:
    number = refused.code.removeprefix("MO")
    status = "ERROR" if number.isdigit() and int(number) in (1013, *_OF_ORDERS) else "FAILURE"
    return web.json({"status": status, "message": refused.text, "errorcode": refused.code}, refused.status)


REFUSALS = TABLE.refusals(_answer)


def told(message: str, **fields: object) -> Response:
    return web.json({"status": "SUCCESS", "message": message, "errorcode": "", **fields})


def success(data: object) -> Response:
    return told("SUCCESS", data=data)


async def body_of(call: Call) -> dict[str, Any]:
    """Of the client whose token it is, where it names one. Raises `Refused` unless it is a JSON object."""
    wrong = TABLE.refused("MO2002")
    if call.request.content_type != JSON:
        raise wrong
    given = await call.json_object(wrong)
    if given.get("clientcode") not in (None, "", call.account.user_id):
        raise TABLE.refused("MO1001")
    return given


def listed(message: str, read: Callable[[Call], object], empty: str = "") -> Callable[[Call], Awaitable[Response]]:
    """A read: whatever else its body says, it names nobody else. `empty`: the code that says that there is nothing."""

    async def answer(call: Call) -> Response:
        await body_of(call)
        found = read(call)
        if isawaitable(found):
            found = await found
        if empty and not found:
            raise TABLE.refused(empty)
        return told(message, data=found)

    return answer
