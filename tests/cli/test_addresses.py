"""`torana doctor ip`: what a service of the operator's choice sees of each way out."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from torana.cli.main import main


class Service(BaseHTTPRequestHandler):
    """Answers `/ip` as such a service does, and everything else with a page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"203.0.113.7\n" if self.path == "/ip" else b"<html>Welcome</html>")


@pytest.fixture
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("path", "said"), [("/ip", "203.0.113.7"), ("/", "nothing: the service answered no address")])
def test_what_the_service_sees_is_told_and_nothing_else(service: str, path: str, said: str, tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["doctor", "ip", "--ask", service + path], env={"TORANA_HOME": str(tmp_path)})

    lines = told.output.splitlines()
    assert told.exit_code == 0, told.output
    assert lines[:2] == ["every other account: by the default route of this machine", f"  seen as {said}"]
    assert lines[2].startswith("Register these addresses")
