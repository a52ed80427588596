"""The server answers under its own name only. No other site can read or frame its pages."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment import DEFAULT, load_assignment
from grader.cli import run
from grader.i18n import translator
from grader.output import save_batch, save_result
from grader.serve.server import Listening, listen, own_host, policy_of
from tests.testing.other_run import end, grade, running
from tests.testing.stored import graded, stored

ROOT = Path(__file__).parents[2]
ALICE = graded("alice", 100)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Make an output folder with one submission."""
    folder = stored(tmp_path / "out", ALICE)
    save_result(folder, ALICE, translator("en"))
    save_batch(folder, [ALICE], translator("en"))
    return folder


@pytest.fixture
def listening(out: Path) -> Iterator[Listening]:
    """Serve that folder."""
    opened = listen(out, language="en", host="127.0.0.1", port=0)
    thread = threading.Thread(target=opened.server.serve_forever, args=(0.01,))
    thread.start()
    with opened.server:
        yield opened
        opened.server.shutdown()
        thread.join()


def ask(
    listening: Listening, path: str, *, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send a request and return the answer with its body. In names of headers `_` stands for `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", listening.server.server_address[1], timeout=30)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize("path", ["/", "/index.ru.html", "/grades.csv", "/alice/result.json", "/no/such"])
def test_every_answer_is_closed_to_other_sites(listening: Listening, path: str) -> None:
    """Every answer is closed to other sites.

    It is not kept, framed or read across origins, its type is not guessed, and a policy goes with it.
    """
    answer, _ = ask(listening, path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy
    assert {name: answer.headers[name] for name in ("Cache-Control", "X-Content-Type-Options", "X-Frame-Options")} == {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Python" not in answer.headers["Server"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "", "a b", "x@127.0.0.1"]
)
def test_a_foreign_name_gets_nothing(listening: Listening, host: str) -> None:
    """A request under a foreign name is refused. A site may let its own name lead here (DNS rebinding)."""
    for path in ("/", "/grades.csv", "/alice/result.json"):
        answer, body = ask(listening, path, Host=host)
        assert answer.status == 421
        assert b"alice" not in body


@pytest.mark.parametrize("host", ["localhost:9000", "LOCALHOST", "localhost.", "127.0.0.1:1", "[::1]:8000", "10.0.0.7"])
def test_own_names_and_addresses_are_answered(listening: Listening, host: str) -> None:
    """Own names and addresses are answered, through any port."""
    assert ask(listening, "/", Host=host)[0].status == 200


def test_a_name_that_was_chosen_is_ones_own() -> None:
    """A host name that was chosen is answered. One that only looks like an address is not."""
    assert own_host("grades.example:80", frozenset({"grades.example"}))
    assert not own_host("127.0.0.1.evil.example", frozenset({"localhost"}))
    assert not own_host(None, frozenset({"localhost"}))


def test_only_reading_is_answered(listening: Listening) -> None:
    """Only reading is answered. HEAD is GET without the content."""
    answer, body = ask(listening, "/grades.csv", method="HEAD")
    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer, body = ask(listening, "/grades.csv", method=method)
        assert (answer.status, body) == (501, f"Unsupported method ('{method}')\n".encode())


def test_an_unchanged_page_is_not_sent_again(listening: Listening) -> None:
    """An unchanged page is not sent again. Its ETag tells."""
    answer, body = ask(listening, "/")
    assert b"alice" in body
    again, nothing = ask(listening, "/", If_None_Match=answer.headers["ETag"])
    assert (again.status, nothing) == (304, b"")
    assert ask(listening, "/", If_None_Match='"other"')[0].status == 200


def test_the_page_of_who_is_still_to_be_graded_is_asked_for_again(listening: Listening, out: Path) -> None:
    """A page still to be graded is asked for again.

    The browser does so, as the page has no script; others are not asked for.
    """
    path = "/alice/feedback.en.html"
    assert "Refresh" not in ask(listening, path)[0].headers
    with running(out) as process:
        assert ask(listening, path)[0].headers["Refresh"] == "5"
        assert "Refresh" not in ask(listening, "/alice/result.json")[0].headers
        grade(process, "alice")
        assert "Refresh" not in ask(listening, path)[0].headers
        end(process)


def test_a_page_is_sent_with_the_policy_it_states() -> None:
    """A page is sent with the first policy it states.

    It stands before all text of strangers; other files have the strictest.
    """
    page = b"""<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; img-src data:">
    <meta http-equiv="Content-Security-Policy" content="default-src *">"""
    assert policy_of(page) == "default-src 'none'; img-src data:; frame-ancestors 'none'"
    assert policy_of(b"{}") == "default-src 'none'; frame-ancestors 'none'"


def test_a_port_that_is_taken(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A named port that is taken is refused. The usual port makes way for any other."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["serve", str(out), "--port", str(port)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"grader: cannot listen at 127.0.0.1, port {port}: ")
        assert said.endswith("name another with --port\n")
    for port_of_it in (None, 0):
        with listen(out, language="en", host="localhost", port=port_of_it).server as server:
            assert server.server_address[0] == "127.0.0.1"


def test_wrong_usage_is_one_line(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage is told in one line. There is no such folder, address or port."""
    for arguments, said in (
        ([str(tmp_path / "none")], "holds no results: name the --out folder of a run"),
        ([str(out), "--host", "no.such.host.invalid"], "there is no such address"),
        ([str(out), "--port", "70000"], "is not a port from 1 to 65535"),
    ):
        assert run(["serve", *arguments]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1


@pytest.mark.parametrize("language", [(), ("--lang", "ru")])
def test_a_wrong_assignment_is_told_before_anything_is_served(
    language: tuple[str, ...],
    out: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Points for a test that does not exist, with their line, as other commands say it."""
    wrong = tmp_path / "assignment.toml"
    wrong.write_text(DEFAULT.read_text(encoding="utf-8").replace('"training/epochs"', '"training/epoch"'), "utf-8")
    monkeypatch.setattr(load_assignment, "__defaults__", (wrong,))
    monkeypatch.setattr("grader.serve.server.listen", lambda *args, **options: pytest.fail("it was served"))
    assert run(["serve", str(out), "--port", "0", *language]) == 2
    error = capsys.readouterr().err
    assert "there is no hidden test `training/epoch`" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_when_it_is_asked_to(out: Path, how: signal.Signals) -> None:
    """The command prints its address and ends with code 0. Ctrl-C gives no traceback, even while somebody reads."""
    with subprocess.Popen(
        [sys.executable, "-m", "grader", "serve", str(out), "--port", "0", "--lang", "ru"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell's jobs ignore it
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        host, port = url.removeprefix("http://").removesuffix("/").split(":")
        assert host == "127.0.0.1"
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        connection.request("GET", "/")
        assert b'<html lang="ru">' in connection.getresponse().read()
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
        connection.close()
    assert process.returncode == 0
    assert said == f"grader: serving {out}; Ctrl-C ends it\n\ngrader: ended\n"


def test_who_opens_it_to_others_is_warned(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Opening the server to others gives a warning before."""
    opened = listen(out, language="en", host="0.0.0.0", port=0)
    opened.server.server_close()
    assert not opened.local
    code = f"""
import sys
from http.server import ThreadingHTTPServer
from grader.assignment import DEFAULT, load_assignment
from grader.cli import run
def ended(self): raise KeyboardInterrupt
ThreadingHTTPServer.serve_forever = ended
sys.exit(run(["serve", {str(out)!r}, "--host", "0.0.0.0", "--port", "0"]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "they are personal data" in done.stderr.splitlines()[0]
