"""An HTTP server for the reports of an output folder. It serves this machine alone unless somebody asks for more.

What is served is personal data, so a page on the internet must not get at it through the browser of who has this open.
A name that such a page makes lead here is refused (`own_host`), other sites can neither embed nor read an answer, and
nothing is kept by the browser.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from functools import partial
from html import unescape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from socketserver import TCPServer
from urllib.parse import unquote

from grader.errors import GraderError, UsageError
from grader.i18n import LANGUAGES
from grader.serve.live import LiveClass
from grader.serve.reports import TYPES, is_report, read_report

FIRST_PORT = 8000
"""The port tried where none is named."""
_IDLE_SECONDS = 30
_REFRESH_SECONDS = 5
"""Seconds until a waiting student's page is reloaded. The student's work is still to be graded."""
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^\[\]:/@\s]+)(?::\d{1,5})?")
_OWN_POLICY = re.compile(rb'<meta http-equiv="?Content-Security-Policy"? content="([^"]*)">')
_POLICY_OF_NO_PAGE = "default-src 'none'"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def own_host(header: str | None, names: frozenset[str]) -> bool:
    """Whether the `Host` of a request is this server.

    A page elsewhere can make its own name lead to this machine (DNS rebinding), but never an address: any address is
    taken for ours, any name only where it is one of `names`.
    """
    found = _HOST.fullmatch(header or "")
    if found is None:
        return False
    name = found["name"].lower().removesuffix(".")
    return _is_address(name) or name in names


def policy_of(content: bytes) -> str:
    """Return the Content-Security-Policy to send with `content`.

    The page's own policy is extended: nobody may frame it.
    """
    found = _OWN_POLICY.search(content)
    own = unescape(found[1].decode(errors="replace")) if found else _POLICY_OF_NO_PAGE
    return f"{own}; frame-ancestors 'none'"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `version` is the ETag of a page, "" for none."""

    status: HTTPStatus
    content: bytes
    kind: str = "text/plain; charset=utf-8"
    version: str = ""
    refresh: int = 0
    """Seconds until the browser reloads; 0 for never."""


def _refusal(status: HTTPStatus, why: str) -> Answer:
    return Answer(status, f"{why}\n".encode(errors="replace"))


class Pages:
    """The answers to requests, by path."""

    def __init__(self, out: Path, language: str) -> None:
        self._out = out
        self._live = LiveClass(out)
        self._of_class = {"": language, "index.html": language} | {f"index.{name}.html": name for name in LANGUAGES}

    def at(self, path: str, known: str | None) -> Answer:
        """Answer a request for `path`. The browser has the version `known` already."""
        parts = [unquote(part) for part in path.partition("?")[0].removeprefix("/").split("/")]
        try:
            if len(parts) == 1 and parts[0] in self._of_class:
                return self._of_everybody(self._of_class[parts[0]], known)
            if not is_report(parts, self._live.submissions()):
                return _refusal(HTTPStatus.NOT_FOUND, "There is no such report here.")
            return self._report(parts)
        except GraderError as error:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error))

    def _of_everybody(self, language: str, known: str | None) -> Answer:
        page = self._live.page(language)
        if known == f'"{page.version}"':
            return Answer(HTTPStatus.NOT_MODIFIED, b"", version=page.version)
        return Answer(HTTPStatus.OK, page.content, TYPES[".html"], page.version)

    def _report(self, parts: list[str]) -> Answer:
        content, kind = read_report(self._out, parts), PurePosixPath(parts[-1]).suffix
        if content is None:
            return _refusal(HTTPStatus.NOT_FOUND, "This report is not written yet.")
        waiting = kind == ".html" and len(parts) > 1 and self._live.is_waiting(parts[0])
        return Answer(HTTPStatus.OK, content, TYPES[kind], refresh=_REFRESH_SECONDS if waiting else 0)


class _Handler(BaseHTTPRequestHandler):
    """One request: GET or HEAD of a path, nothing else."""

    protocol_version = "HTTP/1.1"
    server_version = "grader"
    sys_version = ""
    timeout = _IDLE_SECONDS
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(message)s\n"

    def __init__(self, *arguments: object, pages: Pages, names: frozenset[str]) -> None:
        self._pages, self._names = pages, names
        super().__init__(*arguments)  # type: ignore[arg-type]

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the terminal quiet."""

    def _answer(self) -> Answer:
        if not own_host(self.headers.get("Host"), self._names):
            return _refusal(
                HTTPStatus.MISDIRECTED_REQUEST, "This server is not called so: use the address it has told."
            )
        if not self.path.startswith("/"):
            return _refusal(HTTPStatus.BAD_REQUEST, "Ask for a path.")
        return self._pages.at(self.path, self.headers.get("If-None-Match"))

    def do_GET(self) -> None:
        """Send a report."""
        answer = self._answer()
        self.send_response(answer.status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", policy_of(answer.content))
        if answer.version:
            self.send_header("ETag", f'"{answer.version}"')
        if answer.refresh:
            self.send_header("Refresh", str(answer.refresh))
        if answer.status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    do_HEAD = do_GET  # noqa: N815 - what http.server calls


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # whoever keeps a connection open does not keep the command from ending

    def server_bind(self) -> None:
        """Bind without a reverse DNS lookup. No name server is asked what the address is called."""
        TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors of a connection. A reader who is gone before the end of an answer is nothing to tell."""


class _ServerOverIPv6(_Server):
    address_family = socket.AF_INET6


@dataclass(frozen=True)
class Listening:
    """A server that has its address. `local` says that only this machine reaches it."""

    server: ThreadingHTTPServer
    url: str
    local: bool


def listen(out: Path, *, language: str, host: str, port: int | None) -> Listening:
    """Open the port at which `serve_forever` then answers.

    Args:
        out: the output folder.
        language: of the page of the class where a request names none.
        host: address or name to listen at.
        port: 0 for any free one; None for the usual one, or any where that is taken.

    Raises:
        UsageError: it cannot be listened at.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port or 0, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise UsageError(f"--host {host}: there is no such address; leave it out for this machine alone") from None
    ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
    names = {"localhost", host.lower()}
    if not ip.is_loopback:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    handler = partial(_Handler, pages=Pages(out, language), names=frozenset(names))
    kind = _ServerOverIPv6 if family == socket.AF_INET6 else _Server
    for number in (FIRST_PORT, 0) if port is None else (port,):
        try:
            server = kind((str(address[0]), number), handler)
        except OSError as error:
            problem = error
            continue
        shown = f"[{ip}]" if ip.version == 6 else str(ip)
        return Listening(server, f"http://{shown}:{server.server_address[1]}/", ip.is_loopback)
    raise UsageError(f"cannot listen at {host}, port {port}: {problem.strerror}; name another with --port")
