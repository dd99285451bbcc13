"""The portal's own files, named after their content so that a browser keeps them for ever."""

import gzip
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from torana import kit
from torana.pages.palette import accent_sheet, is_colour

FOLDERS = (Path(__file__).parent / "static", Path(kit.__file__).parent / "static")
PREFIX = "/portal/static"
_SHEET = "portal.css"
_COLOURED = re.compile(r"portal\.([0-9a-f]{16})\.([0-9a-f]{6})\.css", re.ASCII)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE = re.compile(r"\s*([{};,])\s*|(?<=:) ")
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent: `zipped` is the same bytes under gzip."""

    body: bytes
    zipped: bytes
    content_type: str
    etag: str


class Assets:
    """The files of these folders by their public names, read once."""

    def __init__(self, *folders: Path) -> None:
        self._paths: dict[str, str] = {}
        self._files: dict[str, Asset] = {}
        for file in (file for folder in folders for file in sorted(folder.iterdir())):
            if file.suffix in _TYPES:
                asset = _asset(_lean(file), _TYPES[file.suffix])
                public = f"{file.stem}.{asset.etag}{file.suffix}"
                self._files[public] = asset
                self._paths[file.name] = f"{PREFIX}/{public}"

    def path(self, name: str) -> str:
        """The address of `portal.css` and kin, with the hash of the content in it."""
        return self._paths[name]

    def sheet(self, accent: str | None) -> str:
        """The address of the style sheet with this accent (`#rrggbb`) at its end, in one file; None: ours."""
        if accent is None or not is_colour(accent):
            return self.path(_SHEET)
        body = self._coloured(accent)
        return f"{PREFIX}/portal.{_tag(body)}.{accent[1:]}.css"

    def find(self, public: str) -> Asset | None:
        """By the last part of its address. A style sheet with a partner's accent is made when it is asked for."""
        coloured = _COLOURED.fullmatch(public)
        if coloured is None:
            return self._files.get(public)
        body = self._coloured("#" + coloured[2])
        return _asset(body, _TYPES[".css"]) if _tag(body) == coloured[1] else None

    def _coloured(self, accent: str) -> bytes:
        sheet = self._files[self._paths[_SHEET].removeprefix(f"{PREFIX}/")]
        return sheet.body + accent_sheet(accent).encode()

    @staticmethod
    @cache
    def one(file: Path, content_type: str) -> Asset | None:
        """A file of a fixed name, read once; None when it is not there."""
        return _asset(file.read_bytes(), content_type) if file.is_file() else None


def _lean(file: Path) -> bytes:
    """Without comments, indentation and the spaces of a style sheet, which are for us. A comment of a script is left
    out where it is a line."""
    text = file.read_text("utf-8")
    if file.suffix == ".css":
        text = _CSS_SPACE.sub(r"\1", _CSS_COMMENT.sub("", text)).replace(";}", "}")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode()


def _asset(body: bytes, content_type: str) -> Asset:
    return Asset(body, gzip.compress(body, 9, mtime=0), content_type, _tag(body))


def _tag(body: bytes) -> str:
    return sha256(body).hexdigest()[:16]


ASSETS = Assets(*FOLDERS)
