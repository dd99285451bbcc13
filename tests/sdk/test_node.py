"""The SDK where there is no page, as on a server that renders pages: in Node, which the setup brings."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.judges.installed import NODE
from tests.sdk.fake_gateway import FILES
from tests.sdk.test_files import SDK


def run(script: str) -> Any:
    """What this module prints, as JSON. A rejection that nobody handles is an error."""
    command: list[str | Path] = [NODE, "--unhandled-rejections=strict", "--input-type=module", "--eval", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


EVERY_CALL = f"""
import scDK from "{FILES.as_uri()}/scdk.mjs";
const asked = [];
globalThis.fetch = async (...question) => asked.push(question);
const told = {{}};
const gateway = new scDK({{ gateway: "demo", smallcaseAuthToken: "x", config: {{ host: "http://gateway.test" }} }});
for (const name of Object.getOwnPropertyNames(scDK.prototype)) {{
  if (["constructor", "version", "on", "off", "resume"].includes(name)) continue;
  const promise = gateway[name]({{ transactionId: "TRX_1", smallcaseAuthToken: "y" }});
  told[name] = await promise.then(String, (error) => [error.message, error.code, error.data, error.description]);
}}
const same = new scDK() === gateway && gateway.on("progress", () => {{}}).off("progress", () => {{}}) === gateway;
console.log(JSON.stringify({{ told, asked, same, resumed: gateway.resume(), name: scDK.name }}));
"""


def test_on_a_server_every_call_says_that_there_is_no_page_and_nothing_is_asked() -> None:
    """Given a server that renders a page, when it calls whatever the page will call, then nothing throws, nobody is
    asked, and every promise says why."""
    found = run(EVERY_CALL)

    no_page = ["init_sdk", 3004, None, "There is no page: call it in a browser."]
    others = {name for name, told in found["told"].items() if told != no_page}
    assert others == {"fetchHoldings", "triggerSmallcaseOrder"}
    assert {found["told"][name][0] for name in others} == {"not_supported"}
    assert len(found["told"]) > 10
    assert (found["asked"], found["resumed"], found["same"], found["name"]) == ([], None, True, "scDK")


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9{view}) AppleWebKit/537.36 (KHTML, like Gecko) {version}Chrome/130.0.0.0"
)
IN_APPS = [
    f"{IPHONE} Mobile/15E148 Instagram 350.0.0.20.90 (iPhone15,2; iOS 18_1; en_IN; scale=3.00)",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/485.0.0.0;FBDV/iPhone15,2]",
    f"{IPHONE} Mobile/15E148 Safari Line/14.17.0",
    f"{IPHONE} Mobile/15E148",
    ANDROID.format(view="; wv", version="Version/4.0 ") + " Mobile Safari/537.36 Instagram 350.0.0.20.90 Android",
    ANDROID.format(view="", version="") + " Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/485.0.0.0;]",
    ANDROID.format(view="; wv", version="Version/4.0 ") + " Mobile Safari/537.36 com.example.app",
]
BROWSERS = [
    f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1",
    f"{IPHONE} CriOS/130.0.0.0 Mobile/15E148 Safari/604.1",
    f"{IPHONE} FxiOS/132.0 Mobile/15E148 Safari/605.1.15",
    ANDROID.format(view="", version="") + " Mobile Safari/537.36",
    ANDROID.format(view="", version="SamsungBrowser/27.0 ") + " Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
]


def test_apps_that_show_pages_without_a_second_window_are_known_and_browsers_are_not_taken_for_one() -> None:
    """The user agents are of the form that the makers document."""
    script = f"""
        import {{ isInApp }} from "{SDK.as_uri()}/src/windows.js";
        const told = {json.dumps(IN_APPS + BROWSERS)}.map((userAgent) => {{
          Object.defineProperty(globalThis, "navigator", {{ value: {{ userAgent }}, configurable: true }});
          return isInApp();
        }});
        console.log(JSON.stringify(told));
    """

    assert run(script) == [True] * len(IN_APPS) + [False] * len(BROWSERS)
