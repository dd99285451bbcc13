"""Reading pages without a browser."""

from torana.cli.web_page import Page

REVIEW = """
<title>Review · Acme</title>
<form id="confirm" method="post" action="/portal/acme/1/confirm">
  <input type="hidden" name="csrf" value="c1"><input name="quantity-1" value=""><input name="limit-1" value="12.50">
  <input type="radio" name="side-1" value="BUY"><input type="radio" name="side-1" value="SELL" checked>
</form>
<form method="post" action="/portal/acme/1/cancel"><button class="quiet">Cancel</button></form>
<a class="quiet" href="/elsewhere">Elsewhere</a><a class="primary" href="/on">On</a>
<button class="primary" form="confirm" name="go" value="1">Confirm</button>
<svg><title>A drawing</title></svg>
"""


def test_a_form_sends_what_a_browser_would_send() -> None:
    form = Page(REVIEW).form("/confirm")

    assert form is not None
    assert form.blanks == ["quantity-1"]
    assert sorted(form.filled({"quantity-1": "7"}, form.buttons[0])) == [
        ("csrf", "c1"),
        ("go", "1"),
        ("limit-1", "12.50"),
        ("quantity-1", "7"),
        ("side-1", "SELL"),
    ]


def test_a_button_outside_its_form_belongs_to_the_form_that_it_names() -> None:
    page = Page(REVIEW)

    confirm, cancel = page.form("/confirm"), page.form("/cancel")

    assert confirm is not None
    assert cancel is not None
    assert [button.primary for button in confirm.buttons] == [True]
    assert [button.primary for button in cancel.buttons] == [False]


def test_the_main_button_is_the_primary_one_wherever_it_stands_else_the_first() -> None:
    asks_first = Page(
        '<form action="/a"><button name="check" value="costs">Ask</button><button class="primary">Place</button></form>'
        '<form action="/b"><button name="user" value="asha">Asha</button><button>Other</button></form>'
        '<form action="/c"></form>'
    )

    pressed = [form.main_button for form in asks_first.forms]

    assert [button and (button.name, button.value) for button in pressed] == [("", ""), ("user", "asha"), None]


def test_the_main_link_and_the_title_of_the_page_are_found() -> None:
    page = Page(REVIEW)

    assert page.main_link == "/on"
    assert page.title == "Review · Acme"
