"""Prints what the gallery's pages say in no text of theirs. A program of its own: the language is there before anything
that knows English is read."""

import sys
from pathlib import Path

from torana.pages.texts import languages


def main() -> None:
    from tests.pages.foreign import foreign, unsaid

    languages.ENGLISH = foreign(Path(sys.argv[1]))
    from tests.portal.gallery import GALLERY
    from torana.pages.render import render, render_live
    from torana.pages.views import Status

    names = ("Tata Consultancy Services", "Infosys", "ITC", "State Bank of India", "Maruti Suzuki India Limited", "Ltd")
    data = ("login.broker.example sso.example api.upstox.com https://unknown.test zerodah hdfc",)
    people = ("Asha Rao asha.venkatalakshmi.rao@mail.example.co.in",)
    for name, view in GALLERY.items():
        pages = [render(view).decode(), render_live(view) if isinstance(view, Status) else ""]
        for page in pages:
            for word in unsaid(page, *names, *data, *people, _codes(view)):
                sys.stdout.write(f"{name}: {word}\n")


def _codes(view: object) -> str:
    """What developers read: an error's name."""
    return str(getattr(view, "code", ""))


if __name__ == "__main__":
    main()
