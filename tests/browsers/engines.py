"""The engines that a journey is told in, and what each of them needs on this machine."""

import os
import platform
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.browsers.bidi import firefox
from tests.browsers.engine import Engine
from tests.browsers.webdriver import session

MINI_BROWSER = f"/usr/lib/{platform.machine()}-linux-gnu/webkit2gtk-4.1/MiniBrowser"

Begin = Callable[[Path], AbstractAsyncContextManager[Engine]]


def _chromium(home: Path) -> AbstractAsyncContextManager[Engine]:
    options = {
        "args": ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home}/profile"],
        "excludeSwitches": ["disable-popup-blocking"],
    }
    return session("Chromium", ["chromedriver"], {"goog:chromeOptions": options}, dict(os.environ))


def _firefox(home: Path) -> AbstractAsyncContextManager[Engine]:
    return firefox("firefox-esr", home)


def _webkit(home: Path) -> AbstractAsyncContextManager[Engine]:
    """WebKit has no headless mode, and as root its sandbox cannot start."""
    capabilities = {"webkitgtk:browserOptions": {"binary": MINI_BROWSER, "args": ["--automation"]}}
    home.chmod(0o700)
    more = {"XDG_RUNTIME_DIR": str(home), "HOME": str(home), "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    return session("WebKitGTK", ["xvfb-run", "-a", "WebKitWebDriver"], capabilities, os.environ | more)


ENGINES: dict[str, Begin] = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}
_NEEDS = {
    "firefox": (["firefox-esr"], "firefox-esr"),
    "webkit": (["WebKitWebDriver", "xvfb-run", "xauth", MINI_BROWSER], "webkit2gtk-driver xvfb xauth"),
}


def skip_without(name: str) -> None:
    """Skip the test where Firefox or WebKit is not installed; say what would install it."""
    programs, packages = _NEEDS[name]
    if missing := [program for program in programs if shutil.which(program) is None]:
        pytest.skip(f"{', '.join(missing)} is not here: sudo apt-get install {packages}, or `make browsers` as root")
