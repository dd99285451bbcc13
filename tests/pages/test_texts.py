"""The texts of the portal stand in one file a language, and nowhere else."""

import ast
import re
import subprocess
import sys
import tomllib
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel import Locale
from babel.numbers import format_currency, format_decimal
from markupsafe import Markup

from tests.pages.foreign import foreign, sentences, unsaid
from torana.kit.money import grouped, inr
from torana.pages.texts.keys import Texts
from torana.pages.texts.languages import ENGLISH, FOLDER, LANGUAGES, arguments_of, for_browser, named
from torana.pages.texts.message import InvalidMessage, Message, compiled

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/torana"
EN = Locale.parse("en_IN")
HI = Locale.parse("hi_IN")
OPENS = datetime(2026, 11, 19, 3, 45, tzinfo=UTC)


# languages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_arguments(language: str) -> None:
    assert arguments_of(LANGUAGES[language]) == arguments_of(ENGLISH)


LATIN = {
    "Torana",
    "OTP",
    "PAN",
    "PIN",
    "TPIN",
    "CDSL",
    "DDPI",
    "ID",
    "IP",
    "ISIN",
    "SIP",
    "XIRR",
    "T",
    "ABCDE",
    "F",
} | {
    *("asha", "example", "in", "hi"),
}
"""What Hindi texts keep of the Latin script: names, and what people know by its letters."""


def test_every_hindi_text_is_hindi() -> None:
    """Given every text of the Hindi file without what is filled in, then it has words of its own in Devanagari,
    composed as browsers compare them, and no word that was left English."""
    given = tomllib.loads(FOLDER.joinpath("hi.toml").read_text("utf-8"))
    brokers = [name for names in given.pop("broker_names").values() for name in names]
    texts = {f"{section}.{key}": text for section in given for key, text in _texts(given[section])}
    wordless = {name for name, text in texts.items() if not re.search(r"[\u0900-\u0963\u0970-\u097f]", text)}
    left = {
        name: found for name, text in texts.items() if (found := set(re.findall(r"[A-Za-z]+", _bare(text))) - LATIN)
    }

    assert left == {}
    assert [name for name in brokers if re.search(r"[A-Za-z]", name)] == []
    assert {name for name in wordless if re.search(r"[^\W\d_]{2,}", _bare(texts[name]))} == {
        "page.ours", "mutual_funds.pan", "sdk.language",
    }  # fmt: skip
    for words in ("".join(texts.values()), "".join(brokers)):
        assert unicodedata.normalize("NFC", words) == words
    assert "developer" not in given
    assert LANGUAGES["hi"].developer is ENGLISH.developer


def _texts(section: str | dict[str, str]) -> list[tuple[str, str]]:
    return list(section.items()) if isinstance(section, dict) else []


def _bare(text: str) -> str:
    """Without what is filled in, and without the names of branches."""
    text = re.sub(r"\{\w+(?:, (?:number|money|list|date, [^}]*))?\}", " ", text)
    return re.sub(r"[\w=-]+ \{", " ", re.sub(r"\{\w+, (?:plural|select),", " ", text))


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("hi", "hi"), ("hi-IN", "hi"), ("HI_in", "hi"), (" en ", "en"), ("en-GB", "en"),
        ("", None), ("ta", None), ("hindi", None), ("-hi", None), ("*", None),
    ],
)  # fmt: skip
def test_a_language_is_named_by_its_code(code: str, language: str | None) -> None:
    found = named(code)

    assert (None if found is None else found.language) == language


def test_the_sdk_says_in_english_what_the_english_file_says() -> None:
    """By its own words it finds those of another language."""
    source = "".join(file.read_text("utf-8") for file in sorted((ROOT / "sdk/src").glob("*.js")))
    shown = re.findall(r'this\.show\(\s*"([^"]+)", (?:"([^"]+)"|text)', source)
    said = {text for pair in shown for text in pair if text}
    labels = set(re.findall(r'(?:\{ |, )"?([A-Z][A-Za-z ]+)"?: \(\) =>', source))

    english = set(vars(ENGLISH.sdk).values())
    assert len(said) >= 6
    assert said | labels <= english
    assert {text for text in english if f'"{text}"' not in source} == {"Cancel", "Continue"} <= labels


def test_another_language_is_another_file(tmp_path: Path) -> None:
    another = foreign(tmp_path)

    assert arguments_of(another) == arguments_of(ENGLISH)
    assert another.review.title(count=2) == "⟦Review your 2 orders⟧"
    assert another.market.opens_on(at=OPENS) == "⟦It opens on गुरुवार 19 नवंबर at 09:15.⟧"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("en-IN,en;q=0.9", "en"),
        ("xx", "xx"),
        ("XX-in, en;q=0.8", "xx"),
        ("en;q=0.5,xx;q=0.7", "xx"),
        ("xx;q=0", "en"),
        ("de, fr;q=0.9", "en"),
        ("*", "en"),
        ("xx;q=much", "en"),
    ],
)
def test_a_browser_gets_the_language_that_it_likes_best(tmp_path: Path, accepted: str, language: str) -> None:
    languages = {"en": ENGLISH, "xx": foreign(tmp_path)}

    assert for_browser(accepted, languages).language == language


def test_the_types_of_the_texts_are_those_of_the_english_file() -> None:
    checked = subprocess.run([sys.executable, "scripts/texts.py", "--check"], cwd=ROOT, capture_output=True, text=True)

    assert (checked.returncode, checked.stderr) == (0, "")


# messages


@pytest.mark.parametrize(
    ("text", "given", "words"),
    [
        ("{a} and {b}", {"a": "1", "b": "{a}"}, "1 and {a}"),
        ("{n, plural, one {# order} other {# orders}}", {"n": 1}, "1 order"),
        ("{n, plural, one {# order} other {# orders}} of {app}", {"n": 123456, "app": "A"}, "1,23,456 orders of A"),
        ("{n, plural, =0 {none} one {# order} other {# orders}}", {"n": 0}, "none"),
        ("{n, plural, =0 {none} one {# order} other {# orders}}", {"n": 1}, "1 order"),
        ("{n, plural, one {it} other {them {app}}}", {"n": 2, "app": "A"}, "them A"),
        ("{side, select, BUY {Bought} other {Sold}} {n, number}", {"side": "BUY", "n": 1000}, "Bought 1,000"),
        ("{side, select, BUY {Bought} other {Sold}}", {"side": "SELL"}, "Sold"),
        ("{sum, money}", {"sum": 12345678950}, "₹12,34,56,789.50"),
        ("{at, date, EEEE d MMMM 'at' HH:mm}", {"at": OPENS}, "Thursday 19 November at 09:15"),
        ("{parts, list}", {"parts": ["a", "b", "c"]}, "a, b and c"),
        ("{parts, list}", {"parts": ["a"]}, "a"),
        ("{host}", {"host": Markup("<b>h</b>")}, "<b>h</b>"),
        ("<{a}> {host}", {"a": "&", "host": Markup("<b>h</b>")}, "&lt;&amp;&gt; <b>h</b>"),
        ("{n, plural, other {# {a}}} {host}", {"n": 2, "a": "&", "host": Markup("<b>h</b>")}, "2 &amp; <b>h</b>"),
    ],
)
def test_a_message_says_what_it_is_given(text: str, given: dict[str, object], words: str) -> None:
    message = compiled(text, EN)

    assert isinstance(message, Message)
    assert message(**given) == words


def test_a_plural_is_the_languages_own() -> None:
    """In Hindi nothing is one thing, too."""
    text = "{n, plural, one {one} other {other}}"
    english, hindi = compiled(text, EN), compiled(text, HI)
    assert isinstance(english, Message)
    assert isinstance(hindi, Message)

    assert [english(n=count) for count in (0, 1, 2)] == ["other", "one", "other"]
    assert [hindi(n=count) for count in (0, 1, 2)] == ["one", "one", "other"]


@pytest.mark.parametrize(
    ("count", "placed", "left", "found"),
    [
        (0, "आपका ऑर्डर लग रहा है", "गलत OTP। 0 कोशिश बची है।", "कोई नहीं मिली"),
        (1, "आपका ऑर्डर लग रहा है", "गलत OTP। 1 कोशिश बची है।", "1 बास्केट"),
        (2, "आपके ऑर्डर लग रहे हैं", "गलत OTP। 2 कोशिशें बची हैं।", "2 बास्केट"),
        (123456, "आपके ऑर्डर लग रहे हैं", "गलत OTP। 1,23,456 कोशिशें बची हैं।", "1,23,456 बास्केट"),
    ],
)
def test_hindi_counts(count: int, placed: str, left: str, found: str) -> None:
    hindi = LANGUAGES["hi"]

    assert hindi.status.placing(count=count) == placed
    assert hindi.opening.wrong(left=count) == left
    assert hindi.module.found(count=count) == found


@pytest.mark.parametrize("amount", [0, 5, 99, 100, 123450, 12345678950, -250000, 999_99_99_999_00])
def test_money_and_numbers_are_as_both_languages_write_them(amount: int) -> None:
    """Lakh and crore, with Latin digits: our own formatting is that of the CLDR in English and in Hindi."""
    for locale in (EN, HI):
        assert inr(amount) == format_currency(amount / 100, "INR", locale=locale)
        assert grouped(abs(amount)) == format_decimal(abs(amount), locale=locale)


def test_a_moment_in_hindi_has_hindi_names_and_latin_digits() -> None:
    hindi = LANGUAGES["hi"]

    assert hindi.market.opens_on(at=OPENS) == "यह गुरुवार, 19 नवंबर को 09:15 बजे खुलेगा।"
    assert hindi.module.moment(at=OPENS) == "19 नवंबर 2026, 09:15"
    assert hindi.notice.missing_text(broker="A", parts=["भाव", "फ़ंड"]) == "A ने समय पर यह नहीं बताया: भाव और फ़ंड।"


@pytest.mark.parametrize(
    "text",
    [
        "{a",
        "a}",
        "{n, plural, one {a}}",
        "{n, plural, other {a}",
        "{n, plural}",
        "{n, sum}",
        "{a b}",
        "{n, number} {n, money} {n}",
        "{n, plural, one a other {b}}",
    ],
)
def test_a_message_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidMessage):
        compiled(text, EN)


# nothing is said elsewhere


def test_no_page_says_what_no_text_says(tmp_path: Path) -> None:
    """Every page of the gallery, in a language that nobody speaks."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.pages.foreign_gallery", str(tmp_path)],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, capture_output=True, text=True,
    )  # fmt: skip

    assert (said.returncode, said.stderr, said.stdout) == (0, "", "")


def test_what_no_text_says_is_found() -> None:
    page = "<p>⟦Said ⟦within⟧⟧ Zerodha ₹1,234.50 <b aria-label='Unsaid'>too</b></p><svg><text>Z</text></svg>"

    assert unsaid(page) == ["Unsaid", "too"]


TEMPLATES = sorted((SOURCE / "pages/templates").glob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_no_word_of_its_own(template: Path) -> None:
    # What a block names are classes, but for its title.
    bare = re.sub(
        r"\{% block (?:main|main_class|foot) %\}[a-z -]*\{% endblock %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
        "",
        template.read_text("utf-8"),
        flags=re.DOTALL,
    )
    words = unsaid(bare)
    quoted = re.findall(
        r"""["']([^"'<>{}]*)["']""", " ".join(re.findall(r"\{\{(.*?)\}\}", template.read_text("utf-8")))
    )

    assert words == []
    assert [found for text in quoted for found in sentences(text) if not text.startswith("icon")] == []


def test_the_script_has_no_sentence_of_its_own() -> None:
    script = (SOURCE / "pages/static/portal.js").read_text("utf-8")
    code = re.sub(r"^\s*//.*$| // .*$", "", script, flags=re.MULTILINE)
    texts = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
    allowed = {"input form", "visible form", "keydown pointerdown", "pointermove pointerleave"}

    found = [one for pair in texts for text in pair for one in sentences(text) if "[" not in text]

    assert set(found) <= allowed


FOR_DEVELOPERS = {
    "flows/holdings_request.py": "what a partner's developer reads in the answer to a create, and the API reference",
    "flows/investing/request.py": "what a partner's developer reads in the answer to a create, the API reference",
    "flows/planning/request.py": "what a partner's developer reads in the answer to a create, the API reference",
    "flows/module/request.py": "what a partner's developer reads in the answer to a create, the API reference",
    "flows/ordering/request.py": "what a partner's developer reads in the answer to a create",
    "flows/ordering/schemas.py": "the API reference",
    "flows/ordering/cancel_request.py": "what a partner's developer reads in the answer to a create, the API reference",
    "flows/ordering/reference.py": "the API reference",
    "flows/store.py": "SQL",
    "portal/store.py": "SQL",
}
"""Modules whose sentences no page shows, and what they are."""
MODULES = sorted(
    path
    for folder in ("portal", "flows", "pages")
    for path in (SOURCE / folder).rglob("*.py")
    if str(path.relative_to(SOURCE)) not in FOR_DEVELOPERS
)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_has_no_sentence_of_its_own(module: Path) -> None:
    """Docstrings, what is logged, what an exception says to us, and the API reference's descriptions are no page."""
    tree = ast.parse(module.read_text("utf-8"))
    spared = {id(node) for outer in ast.walk(tree) if _is_for_us(outer) for node in ast.walk(outer)}

    found = [
        sentence
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spared
        for sentence in sentences(node.value)
    ]

    assert found == []


OURS = frozenset({"ClientException", "InvalidMessage", "LookupError", "OtherAccount", "UnprovenBrowser", "_foreign"})


def _is_for_us(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        logs = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "log"
        return logs or name in OURS
    if isinstance(node, ast.FunctionDef) and node.name == "page_headers":
        return True  # what browsers read
    is_schema = isinstance(node, ast.Assign | ast.AnnAssign) and "_SCHEMA" in ast.dump(node)
    return is_schema or (isinstance(node, ast.Dict) and "description" in ast.dump(node))


def test_a_missing_text_is_a_fault(tmp_path: Path) -> None:
    texts: Texts = foreign(tmp_path)

    with pytest.raises(AttributeError):
        getattr(texts.page, "no_such_text")  # noqa: B009  # as a template would
