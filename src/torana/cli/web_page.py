"""A web page as somebody without a browser sees it: its forms, its main link."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Button:
    """A submit button; `name` is empty when it adds nothing to the form."""

    name: str = ""
    value: str = ""
    primary: bool = False


@dataclass(slots=True)
class Form:
    """A form with what it would send. `blanks` are the fields that somebody has to fill in."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    blanks: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    """Those of them without which the form is not taken."""
    buttons: list[Button] = field(default_factory=list)
    apart: bool = False
    """It opens a window of its own."""

    @property
    def main_button(self) -> Button | None:
        """What most people press: the primary button, or the first where none is."""
        return next((button for button in self.buttons if button.primary), self.buttons[0] if self.buttons else None)

    def filled(self, answers: Mapping[str, str], button: Button | None = None) -> list[tuple[str, str]]:
        """The fields as they are sent, blanks answered, the pressed button last."""
        pairs = [*self.fields, *((name, answers.get(name, "")) for name in self.blanks)]
        return [*pairs, (button.name, button.value)] if button and button.name else pairs


class Page(HTMLParser):
    """Reads a page. Buttons outside their form (`form="id"`) are found as well."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.main_link: str | None = None
        self.ended = False
        """Whether it only offers the way back to the app."""
        self.loads = False
        """Whether it stands for one that is not read yet, to which the main link leads."""
        self.title = ""
        self._by_id: dict[str, Form] = {}
        self._strays: list[tuple[str, Button]] = []
        self._open: Form | None = None
        self._in_title = False
        self.feed(html)
        for form_id, button in self._strays:
            if form := self._by_id.get(form_id):
                form.buttons.append(button)

    def form(self, action_end: str) -> Form | None:
        """The form whose action ends like this."""
        return next((form for form in self.forms if form.action.endswith(action_end)), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.ended = self.ended or "data-finish" in said
        self.loads = self.loads or "data-load" in said
        match tag:
            case "title":
                self._in_title = not self.title
            case "form":
                self._open = Form(
                    said.get("action", ""), said.get("method", "get").lower(), apart=said.get("target") == "_blank"
                )
                self.forms.append(self._open)
                self._by_id[said.get("id", "")] = self._open
            case "a" if "primary" in said.get("class", "").split():
                self.main_link = said.get("href")
            case "button" | "input" if said.get("type", "submit" if tag == "button" else "text") == "submit":
                self._button(said)
            case "input" if self._open is not None and said.get("name"):
                self._input(self._open, said)

    def _button(self, said: dict[str, str]) -> None:
        if "disabled" in said:
            return
        button = Button(said.get("name", ""), said.get("value", ""), "primary" in said.get("class", "").split())
        if "form" in said:
            self._strays.append((said["form"], button))
        elif self._open is not None:
            self._open.buttons.append(button)

    @staticmethod
    def _input(form: Form, said: dict[str, str]) -> None:
        match said.get("type", "text"):
            case "button" | "reset" | "file" | "image":
                return
            case "checkbox" | "radio" if "checked" not in said:
                return
            case "hidden" | "checkbox" | "radio":
                form.fields.append((said["name"], said.get("value", "on")))
            case _ if said.get("value"):
                form.fields.append((said["name"], said["value"]))
            case _:
                form.blanks.append(said["name"])
                if "required" in said:
                    form.required.append(said["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data.strip()
