"""Tests of the table of what runs. It is drawn on terminals of several sizes."""

from __future__ import annotations

import io
import threading
from contextlib import closing
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.commands.live import Board, clock, terminal
from grader.commands.progress import ProgressReporter
from grader.i18n import LANGUAGES, messages, translator
from grader.model import Identity, Metrics, Result, Submission
from grader.protocol.messages import Progress
from grader.protocol.probes import PHASES
from grader.work import Work
from tests.testing.results import PROVENANCE

ENGLISH = translator("en")


class Clock:
    """A clock that tests set by hand, in seconds."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Clock:
    """A clock that stands at zero."""
    return Clock()


def epoch(number: int, of: int) -> Progress:
    """Progress somewhere in epoch `number` of `of`."""
    return Progress(number, 3, 10, of, 1.0)


def lines(board: Board, width: int = 80, height: int = 24) -> list[str]:
    """The lines that a terminal of this size shows."""
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=height, color_system=None)
    return ["".join(part.text for part in line).rstrip() for line in console.render_lines(board, pad=False)]


def test_each_that_runs_has_a_line_and_the_run_has_one(now: Clock) -> None:
    """Each running submission has a line, and the run has one.

    The line has name, phase, epoch and duration; the last one counts what is done.
    """
    board = Board(30, ENGLISH, slots=2, now=now)
    board.hear("alice", "train", epoch(3, 20))
    now.seconds = 65.0
    board.hear("bob", "structure", None)
    now.seconds = 3 * 3600 + 125.0
    assert lines(board) == [
        "alice  training  epoch 3/20  3:02:05",
        "bob    structure             3:01:00",
        "0 of 30 done, 0 failed",
    ]


def test_a_single_one_needs_no_count(now: Clock) -> None:
    """A single submission has its own line and no count."""
    board = Board(1, ENGLISH, now=now)
    board.hear("alice", "train", None)
    assert lines(board) == ["alice  training  0:00"]


def test_nothing_is_estimated_before_something_was_seen(now: Clock) -> None:
    """No time is estimated before a submission was executed.

    Then the rest is expected to take as long; recalled submissions do not count.
    """
    board = Board(10, ENGLISH, slots=2, now=now)
    board.hear("a", "train", epoch(1, 2))
    board.hear("b", "train", epoch(1, 2))
    board.end("known from an earlier run", passed=True)
    now.seconds = 100.0
    assert board.seconds_left() is None
    assert lines(board)[-1] == "1 of 10 done, 0 failed"
    board.end("a", passed=False)
    # seven wait for 100 s each, and b has run for as long as is usual
    assert board.seconds_left() == pytest.approx(7 * 100 / 2)
    assert lines(board)[-1] == "2 of 10 done, 1 failed · about 6 min left"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (59.0, "less than a minute left"),
        (61.0, "about 2 min left"),
        (3599.0, "about 60 min left"),
        (3600.0, "about 1 h 0 min left"),
        (7000.0, "about 1 h 57 min left"),
    ],
)
def test_an_estimate_in_words(seconds: float, shown: str, now: Clock) -> None:
    """An estimate is given in minutes, rounded up."""
    board = Board(2, ENGLISH, now=now)
    board.hear("a", "train", None)
    now.seconds = seconds
    board.end("a", passed=True)
    assert lines(board) == [f"1 of 2 done, 0 failed · {shown}"]


def test_no_time_is_left_where_the_last_takes_longer_than_usual(now: Clock) -> None:
    """No estimate is shown where the last takes longer than usual. Zero would be wrong."""
    board = Board(2, ENGLISH, now=now)
    board.hear("a", "train", None)
    now.seconds = 10.0
    board.end("a", passed=True)
    board.hear("b", "train", None)
    now.seconds = 1000.0
    assert lines(board)[-1] == "1 of 2 done, 0 failed"


NAMES = (
    "Иванова Александра Константиновна",
    "山田太郎と佐藤花子の提出物",
    "a-name-that-is-as-long-as-no-name-should-be",
    "x",
)


@pytest.mark.parametrize("width", [1, 5, 10, 20, 24, 30, 40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int, now: Clock) -> None:
    """No line is wider than the terminal.

    Letters count by the columns they take, and where there is room each line ends with the whole time.
    """
    board = Board(100, ENGLISH, now=now)
    for name in NAMES:
        board.hear(name, "predict-few-shot", epoch(99, 100))
    shown = lines(board, width)
    assert len(shown) == len(NAMES) + 1
    assert [line for line in shown if cell_len(line) > width] == []
    if width >= 30:
        assert [line for line in shown[:-1] if not line.endswith(" 0:00")] == []
        assert shown[3].startswith("x  ")


def test_a_name_that_is_too_long_is_cut_visibly(now: Clock) -> None:
    """A name that is too long ends in an ellipsis. The other columns stay aligned."""
    board = Board(1, ENGLISH, now=now)
    for name in NAMES:
        board.hear(name, "train", None)
    assert lines(board, 34) == [
        "Иванова Александр…  training  0:00",
        "山田太郎と佐藤花 …  training  0:00",
        "a-name-that-is-as…  training  0:00",
        "x                   training  0:00",
    ]


def test_where_there_is_little_room_the_epoch_is_shown_in_short(now: Clock) -> None:
    """With little room the epoch loses its word, not its numbers."""
    board = Board(1, ENGLISH, now=now)
    board.hear("a-name-that-is-long", "train", epoch(3, 20))
    assert lines(board, 47) == ["a-name-that-is-long  training  epoch 3/20  0:00"]
    assert lines(board, 46) == ["a-name-that-is-long  training 3/20  0:00"]
    assert lines(board, 30) == ["a-name-t…  training 3/20  0:00"]


def test_hundreds_fit_a_small_terminal(now: Clock) -> None:
    """A small terminal shows the longest running of hundreds. It also says how many are left out."""
    board = Board(500, ENGLISH, slots=300, now=now)
    for number in range(300):
        board.hear(f"s{number}", "train", None)
    shown = lines(board, height=24)
    assert len(shown) == 23
    assert shown[0].startswith("s0 ")
    assert shown[-2:] == ["… and 279 more", "0 of 500 done, 0 failed"]
    assert len(lines(board, height=1)) == 3


@pytest.mark.parametrize("name", ["[bold]x[/bold]", "[/]", ":smile:", "[link=http://x]y[/link]"])
def test_a_name_is_no_markup(name: str, now: Clock) -> None:
    """A name with markup is shown as it is."""
    board = Board(1, ENGLISH, now=now)
    board.hear(name, "train", None)
    assert lines(board) == [f"{name}  training  0:00"]


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\nb", "a\r\x08b", "a\u202eb\u200f", "\x1b]0;title\x07ab"])
def test_a_name_moves_no_cursor(name: str, now: Clock) -> None:
    """Control characters in a name do not reach the terminal. A name stays one line."""
    board = Board(1, ENGLISH, now=now)
    board.hear(name, "train", None)
    (line,) = lines(board)
    assert line.isprintable()
    assert line.endswith("training  0:00")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (epoch(2, 3), "training  epoch 2/3"),
        (epoch(7, 3), "training  epoch 3/3"),
        (epoch(-(2**63), 3), "training  epoch 1/3"),
        (epoch(1, 2**63 - 1), "training"),
        (epoch(1, 0), "training"),
        (epoch(1, -5), "training"),
        (Progress(1, 2**63 - 1, -(2**63), 3, float("nan")), "training  epoch 1/3"),
    ],
)
def test_what_a_submission_tells_is_bounded(told: Progress, shown: str, now: Clock) -> None:
    """Progress that a submission reports is kept within bounds.

    Its process may send any number, but none is shown that no training has.
    """
    board = Board(1, ENGLISH, now=now)
    board.hear("x", "train", told)
    assert lines(board) == [f"x  {shown}  0:00"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phase_has_words(language: str, now: Clock) -> None:
    """Every phase has words of its own in every language."""
    told = messages(language)
    words = {phase: told[f"progress/{phase}"] for phase in PHASES}
    assert len(set(words.values())) == len(PHASES)
    board = Board(1, translator(language), now=now)
    board.hear("x", "few-shot", None)
    assert words["few-shot"] in lines(board)[0]


def test_many_threads_may_tell_it(now: Clock) -> None:
    """Many threads may report while the table is drawn. Nothing is lost, and nothing breaks."""
    board, each = Board(400, ENGLISH, slots=8, now=now), 50
    broken: list[BaseException] = []

    def tell(slot: int) -> None:
        try:
            for number in range(each):
                name = f"{slot}-{number}"
                board.hear(name, "train", epoch(1, 2))
                board.hear(name, "predict", None)
                board.end(name, passed=number % 2 == 0)
        except BaseException as error:  # noqa: BLE001 - whatever it is
            broken.append(error)

    threads = [threading.Thread(target=tell, args=(slot,)) for slot in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        lines(board)
    for thread in threads:
        thread.join()
    assert broken == []
    assert lines(board) == ["400 of 400 done, 200 failed"]


def test_lines_that_are_told_stay_above_the_table() -> None:
    """Finished submissions are printed above the table. The table is removed at the end."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=60, height=10, color_system=None)
    work = Work(
        Submission(Identity("[b]alice"), {}, Path("alice")),
        result=Result(Identity("[b]alice"), "passed", 1.0, 1.0, (), Metrics(), PROVENANCE),
    )
    with closing(ProgressReporter(2, 0.99, ENGLISH, console=console)) as account:
        account.hear("[b]alice", "train", epoch(1, 2))
        account.hear("bob", "train", epoch(1, 2))
        account.done(work)
    text = written.getvalue()
    assert "[b]alice: " in text
    assert "1 of 2 done" in text
    assert text.rindex("bob  training") > text.index("[b]alice: ")
    assert text.rstrip().endswith("\x1b[2K")  # the last line of the table is erased


class _Stream(io.StringIO):
    """A stand-in for stderr. `broken` makes it act as a terminal that was closed."""

    def __init__(self, *, tty: bool, broken: bool = False) -> None:
        super().__init__()
        self.tty, self.broken = tty, broken

    def isatty(self) -> bool:
        return self.tty

    def write(self, text: str) -> int:
        if self.broken:
            raise OSError(5, "Input/output error")
        return super().write(text)

    def flush(self) -> None:
        if self.broken:
            raise OSError(5, "Input/output error")


@pytest.mark.parametrize(
    ("tty", "term", "expected"),
    [(True, "xterm-256color", True), (True, "dumb", False), (True, "unknown", False), (False, "xterm", False)],
)
def test_where_there_is_no_terminal_there_is_no_table(
    tty: bool, term: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no table without a terminal.

    A terminal that cannot move its cursor gets none either, nor a file with forced colours.
    """
    monkeypatch.setattr("sys.stderr", _Stream(tty=tty))
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert (terminal() is not None) == expected


def test_a_terminal_that_was_closed_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed terminal does not stop the run. The table is no longer drawn."""
    stream = _Stream(tty=True)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    console = terminal()
    assert console is not None
    with closing(ProgressReporter(2, 0.99, ENGLISH, console=console)) as account:
        stream.broken = True
        account.hear("alice", "train", None)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3599, "59:59"), (36000, "10:00:00"), (-3, "0:00")],
)
def test_durations(seconds: float, shown: str) -> None:
    """Durations are written as clocks show them."""
    assert clock(seconds) == shown
