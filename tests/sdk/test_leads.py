"""Opening an account by the web SDK: one flow behind four names, whatever clients know of their user."""

import pytest

from tests.sdk.fake_gateway import FakeGateway
from tests.sdk.pages import PartnerPage

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOTHING = {"name": "", "email": "", "contact": "", "pinCode": ""}


@pytest.mark.parametrize(
    ("call", "details", "login"),
    [
        ("signup()", {}, False),
        ("signup(null)", {}, False),
        ("signup('Asha')", {}, False),
        ("signup({name: 'Asha Rao', pinCode: 560001, age: 30})", {"name": "Asha Rao", "pinCode": "560001"}, False),
        ("signup({contact: Symbol('x'), email: [1]})", {"contact": "Symbol(x)", "email": "1"}, False),
        ("triggerLeadGen({email: 'a@b.in'}, {utm_source: 'x'})", {"email": "a@b.in"}, False),
        ("triggerLeadGenWithStatus({contact: '98765 43210'})", {"contact": "98765 43210"}, False),
        ("triggerLeadGenWithLoginCta({}, null, true)", {}, True),
        ("triggerLeadGenWithLoginCta()", {}, True),
        ("triggerLeadGenWithLoginCta({}, {}, false)", {}, False),
    ],
)
async def test_every_form_asks_for_one_flow(
    call: str, details: dict[str, str], login: bool, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(start=f"document.getElementById('pay').onclick = () => record(gw.{call});")

    await buyer.buy()
    created = next(body for path, body in gateway.calls if path == "create")
    await gateway.resolve(created["transactionId"], leadId=None, status="INITIALIZED")

    assert created["wanted"] == {"intent": "ACCOUNT_OPENING", "userDetails": NOTHING | details, "loginCta": login}
    result = (await buyer.outcome())["result"]
    assert (result["leadId"], result["status"]) == (None, "INITIALIZED")
