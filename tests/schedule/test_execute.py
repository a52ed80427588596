"""Every way a submission ends is seen from outside."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.model import Execution, JobPhase, Outcome
from grader.protocol.codec import decode, encode
from grader.protocol.observations import Build, Load, Predictions, Shapes, Training
from grader.protocol.probes import PROBES
from grader.schedule.base import Place, Task
from grader.schedule.execute import _Run
from grader.schedule.parts import Parts
from tests.testing.jobs import NET, STRUCTURE, TRAINING, NoisyInputs, OneSandbox, Run, executed, job, submission
from tests.testing.warm import WarmBackend, WarmSandbox

SHORT = JobPhase("structure", ("load", "build", "shapes"), 2.0)
WHOLE = (
    JobPhase("structure", ("load", "build"), 30.0),
    JobPhase("objective", ("criterion", "optimizer"), 30.0),
    JobPhase("training", ("runs", "loop"), 30.0),
    JobPhase("train", ("training",), 30.0),
    JobPhase("predict", ("predictions",), 30.0),
)


def kinds(execution: Execution) -> dict[str, str]:
    """Return how each probe ended. The execution must have no fault."""
    assert execution.fault is None
    return {probe: outcome.kind for probe, outcome in execution.outcomes.items()}


def test_a_plain_submission_is_observed(run: Run) -> None:
    """Every probe brings an observation of its own type."""
    execution = run(*WHOLE)
    assert set(kinds(execution).values()) == {"ok"}
    for probe, outcome in execution.outcomes.items():
        assert type(decode(outcome.payload, PROBES[probe].observation)) is PROBES[probe].observation
    assert len(decode(execution.outcomes["training"].payload, Training).losses) == 2
    assert decode(execution.outcomes["predictions"].payload, Predictions).scores.shape == (20, 10)
    assert execution.torch
    assert execution.train_seconds is not None
    assert 0 < execution.train_seconds <= execution.seconds
    assert execution.peak_memory_bytes > 1 << 20


def parts_of_predictions(count: int) -> tuple[JobPhase, ...]:
    """Return the phases that ask for `count` parts, last first."""
    return tuple(JobPhase("predict", ("predictions",), 30.0, part) for part in reversed(range(count)))


def test_scores_of_several_parts_are_one_observation(run: Run) -> None:
    """Scores of several parts are joined in order. It doesn't matter in which order they were asked for."""
    net = NET.replace(
        "return self.out(images.flatten(1))", "return self.out(images.flatten(1)) * 0 + images[:, 0, 0, :10]"
    )
    execution = run(*WHOLE[:4], *parts_of_predictions(3), net=net)
    scores = decode(execution.outcomes["predictions"].payload, Predictions).scores
    asked = [NoisyInputs().arrays("predict", part)["queries"][:, 0, :10] for part in range(3)]
    assert np.allclose(scores, np.concatenate(asked) / 255, atol=1e-6)


def test_a_part_that_brings_nothing_is_the_outcome_of_all(run: Run) -> None:
    """A part that fails is the outcome of all parts. The parts after it are not asked for any more."""
    net = NET.replace("return self", "import os; os._exit(0) if len(images) == 20 else None; return self")
    execution = run(*WHOLE[:4], *parts_of_predictions(3), net=net)
    assert kinds(execution)["predictions"] == "crashed"
    assert execution.outcomes["predictions"].data["reason"] == "exit"


def test_parts_that_do_not_fit_together_are_no_scores() -> None:
    """Parts with different widths are no scores."""
    parts = Parts()
    for part, width in enumerate((10, 11)):
        parts.add(part, {"predictions": Outcome("ok", encode(Predictions(np.zeros((3, width), np.float32))))})
    assert parts.joined()["predictions"].kind == "crashed"


def test_phases_share_nothing_but_the_weights(run: Run) -> None:
    """Phases share nothing but the weights. Memory and changes of torch stay in the phase."""
    net = "import torch\nassert not hasattr(torch, 'mark')\ntorch.mark = True\n" + NET
    assert set(kinds(run(*WHOLE, net=net)).values()) == {"ok"}


def test_an_exception_is_an_error_with_its_place(run: Run) -> None:
    """An exception is an error with its place. Probes that need the one it ended are blocked."""
    execution = run(net=NET.replace("super().__init__()", "super().__init__(); raise ValueError('no')"))
    assert kinds(execution) == {"load": "ok", "build": "error", "shapes": "blocked"}
    error = execution.outcomes["build"].error
    assert error is not None
    assert (error.exception, error.message, error.frames[-1].file) == ("ValueError", "no", "net.py")
    assert execution.outcomes["shapes"].blocked_by == "build"


def test_leaving_at_import_ends_the_module_alone(run: Run) -> None:
    """`sys.exit()` at import ends that module alone."""
    execution = run(net="import sys\nsys.exit(0)\n")
    assert kinds(execution)["load"] == "ok"
    assert decode(execution.outcomes["load"].payload, Load).modules[0].error is not None


@pytest.mark.parametrize(
    ("statement", "signal"), [("os._exit(0)", None), ("os.abort()", 6), ("os.kill(os.getpid(), 11)", 11)]
)
def test_dying_is_a_crash_of_the_probe_that_ran(statement: str, signal: int | None, run: Run) -> None:
    """Dying is a crash of the probe that ran. That holds for exit code 0 too: only an observation counts."""
    execution = run(net=NET.replace("super().__init__()", f"import os; {statement}"))
    assert kinds(execution) == {"load": "ok", "build": "crashed", "shapes": "blocked"}
    data = execution.outcomes["build"].data
    assert (data["reason"], data["signal"]) == ("exit", signal)


def test_a_later_phase_runs_after_a_crash(run: Run) -> None:
    """A later phase runs after a crash."""
    execution = run(STRUCTURE, JobPhase("objective", ("optimizer",), 30.0), net="import os\nos._exit(0)\n")
    assert kinds(execution) == {"load": "crashed", "build": "blocked", "shapes": "blocked", "optimizer": "blocked"}
    execution = run(
        JobPhase("structure", ("load", "build"), 30.0),
        JobPhase("objective", ("criterion",), 30.0),
        net=NET.replace("super().__init__()", "import os; os._exit(0)"),
    )
    assert kinds(execution) == {"load": "ok", "build": "crashed", "criterion": "crashed"}


def marked(mark: str) -> list[int]:
    """Return the processes with this word in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if mark.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_endless_loop_is_a_timeout_and_nothing_of_it_lives_on(run: Run) -> None:
    """An endless loop is a timeout that leaves no process.

    Children of its own end too, and the next probes are blocked.
    """
    mark = f"left-over-{os.getpid()}"
    sleeper = f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)', '{mark}'])"
    net = f"import subprocess, sys\n{sleeper}\nwhile True: pass\n"
    begin = time.monotonic()
    execution = run(SHORT, net=net)
    assert time.monotonic() - begin < 20
    assert kinds(execution) == {"load": "timeout", "build": "blocked", "shapes": "blocked"}
    assert execution.outcomes["load"].data["limit_seconds"] == 2
    assert marked(mark) == []


def test_a_timeout_of_the_training_tells_how_far_it_came(run: Run) -> None:
    """A timeout of the training tells epoch and batch. They are the loader's own count."""
    training = """
    import time
    def train(model, train_loader, criterion, optimizer, n_epochs, device):
        for epoch in range(n_epochs):
            for images, labels in train_loader:
                if len(train_loader.dataset) > 10:
                    time.sleep(0.6)
    """
    plans = (*WHOLE[:3], JobPhase("train", ("training",), 2.0), WHOLE[4])
    execution = run(*plans, training=training)
    assert kinds(execution)["training"] == "timeout"
    assert execution.outcomes["predictions"].blocked_by == "training"
    data = execution.outcomes["training"].data
    assert (data["n_epochs"], data["batches"], data["limit_seconds"]) == (2, 2, 2)
    assert data["epoch"] in (1, 2)


def test_an_examination_waits_for_no_training_that_ran_out_of_time(run: Run) -> None:
    """After a training's timeout, the few-shot training is left out.

    Where it came first and timed out itself, it counts as blocked by the graded one.
    """
    training = "import time\ndef train(model, train_loader, *others):\n    time.sleep(len(train_loader.dataset) > 10)\n"
    graded, few = JobPhase("train", ("training",), 0.5), JobPhase("few-shot", ("few_shot_training",), 0.5)
    after = run(*WHOLE[:3], graded, few, training=training)
    assert kinds(after)["few_shot_training"] == "blocked"
    assert after.outcomes["few_shot_training"].blocked_by == "training"
    before = kinds(run(*WHOLE[:3], few, graded, training=training))
    assert (before["few_shot_training"], before["training"]) == ("blocked", "timeout")


def test_endless_prints_are_cut_and_said_so(run: Run) -> None:
    """Endless output is cut, and its length told. The first and the last words are kept."""
    net = "print('first words')\nfor i in range(40_000): print('x' * 100)\nprint('last words')\n" + NET
    printed = run(net=net).printed_probing
    assert printed.startswith("first words")
    assert "last words" in printed
    assert "bytes left out" in printed
    assert len(printed) < 4096 + 100


def test_prints_that_are_no_text_are_shown_all_the_same(run: Run) -> None:
    """Output that is no UTF-8 is still shown. Its bytes become replacement characters."""
    execution = run(net="import os\nos.write(1, b'\\xff\\xfe\\x00ok')\nos.write(2, b'err')\n" + NET)
    assert "ok" in execution.printed_probing
    assert "err" in execution.printed_probing


def test_what_the_training_prints_is_kept_apart(run: Run) -> None:
    """Output of the training is kept apart, to its last byte. Each line stands with the phase that printed it."""
    training = TRAINING.replace("return losses", "print('trained', len(train_loader.dataset))\n    return losses")
    net = NET.replace("return self.out", "print('forward'); return self.out")
    execution = run(*WHOLE, net="import sys\nprint('imported', file=sys.stderr)\n" + net, training=training)
    assert kinds(execution)["predictions"] == "ok"
    assert execution.printed.startswith("imported\nforward\n")
    assert execution.printed.endswith("trained 64\n")
    assert execution.printed.count("imported") == execution.printed.count("trained") == 1
    assert execution.printed_probing.startswith("imported\n")
    assert execution.printed_probing.endswith("forward\n")
    assert "trained 64" not in execution.printed_probing


def to_all(expression: str) -> str:
    """Make source that writes bytes to every open descriptor."""
    return (
        f"""
import os
from grader.protocol import messages
from grader.protocol.codec import encode, frame
from grader.protocol.messages import *
from grader.protocol.observations import *
data = {expression}
for descriptor in range(256):
    try:
        if descriptor > 2:
            os.set_blocking(descriptor, True)
            os.write(descriptor, data)
    except OSError:
        pass
"""
        + NET
    )


@pytest.mark.parametrize(
    "expression",
    [
        "bytes(range(255, 0, -1))",
        "b'\\xff' * 5",
        "frame(99, b'')",
        "frame(messages.OBSERVED, b'rubbish')",
        "frame(messages.OBSERVED, encode(Observed('build', b'rubbish')))",
        "frame(messages.OBSERVED, encode(Observed('build', encode(Load([], 1, '', 1, '')))))",
        "frame(messages.PROGRESS, b'rubbish')",
        "frame(messages.POSITION, b'rubbish')",
        "frame(messages.READY, encode(Ready(1, 'x')))",
        "frame(messages.ENDED, encode(Ended(0, None, 0.0, 0)))",
        "b''.join(frame(messages.STARTED, encode(Started('load'))) for _ in range(1000))",
    ],
    ids=[
        "noise",
        "a huge header",
        "an unknown kind",
        "an observation that is none",
        "an observation of rubbish",
        "an observation of another probe's type",
        "progress that is none",
        "a position that is none",
        "a ready worker",
        "the end of the phase",
        "a flood of frames",
    ],
)
def test_bytes_of_its_own_make_a_crash_and_no_pass(expression: str, run: Run) -> None:
    """Bytes written to the grader's pipes make a crash.

    They break the submission's own observation and nothing else.
    """
    execution = run(net=to_all(expression))
    outcomes = kinds(execution)
    assert outcomes["load"] == "crashed"
    assert execution.outcomes["load"].data["reason"] == "protocol"
    assert outcomes["build"] == outcomes["shapes"] == "blocked"


def test_forged_observations_are_about_itself_alone(run: Run) -> None:
    """A forged observation is about its own phase alone. No other probe gets an outcome by it."""
    forged = "frame(messages.OBSERVED, encode(Observed('{}', encode(Training(b'', b'', b'', [0.0], 'list', 1, 1.0)))))"
    execution = run(net=to_all(forged.format("training")))
    assert list(execution.outcomes) == ["load", "build", "shapes"]
    execution = run(net=to_all(forged.format("no-such-probe")))
    assert kinds(execution) == {"load": "ok", "build": "ok", "shapes": "ok"}


def test_a_forged_observation_must_be_small(run: Run) -> None:
    """A forged observation that is too large is refused unread. Its millions of numbers would take gigabytes."""
    many = "encode(Training(b'', b'', b'', [0] * 3_000_000, 'list', 1, 1.0))"
    execution = run(*WHOLE[:4], net=to_all(f"frame(messages.OBSERVED, encode(Observed('train', {many})))"))
    assert kinds(execution)["load"] == "ok"
    assert kinds(execution)["training"] == "crashed"


@pytest.mark.parametrize(
    "forged",
    [
        # a field given twice is read twice, and both cost memory
        "frame(messages.OBSERVED, encode(Observed('load', b'\\x81\\xa7modules' + b'\\xdd\\x00\\x50\\x00\\x00' "
        "+ b'\\xc0' * 0x500000)))",
        "frame(messages.OBSERVED, encode(Observed('build', encode({'weights': b'x' * (5 << 20)}))))",
        "frame(messages.OBSERVED, encode(Observed('load', encode({str(n): n for n in range(1_000_000)}))))",
        "frame(messages.RAISED, encode(ProbeRaised('load', error=Raised('E', 'x' * 100_000, []))))",
        "frame(messages.RAISED, encode({'probe': 'load', 'error': {'exception': 'E', 'message': '', 'frames': [], "
        "'not_implemented': True}, 'blocked_by': None}))",
        "frame(messages.PROGRESS, encode(Progress(1, 1, 1, 1, 1.0)) + bytes(100_000))",
        "frame(messages.POSITION, encode(Position(Frame('net.py', 1, 'f', 'x' * 100_000))))",
    ],
    ids=[
        "twice",
        "weights elsewhere",
        "many fields",
        "a long exception",
        "a stub without a place",
        "long progress",
        "a long line",
    ],
)
def test_a_forged_message_costs_no_more_than_it_may(forged: str, run: Run) -> None:
    """A forged message costs no more than its kind may. One that is too long or makes no sense is not opened."""
    outcomes = kinds(run(net=to_all(forged)))
    assert outcomes["load"] == "crashed"


def test_the_first_answer_counts(run: Run) -> None:
    """The first observation of a probe counts. A second is not taken."""
    forged = "frame(messages.OBSERVED, encode(Observed('build', encode(Build('Forged', True, 1)))))"
    build = run(net=to_all(forged)).outcomes["build"]
    assert decode(build.payload, Build).type_name in ("Forged", "Net")


class StillbornBackend(WarmBackend):
    """A backend whose worker dies before it is ready."""

    def launch(self, spec: object) -> WarmSandbox:
        sandbox = super().launch(spec)
        os.kill(sandbox._process.pid, 9)
        return sandbox


def test_a_worker_that_never_comes_up_is_our_fault() -> None:
    """A worker that does not start is the grader's fault.

    The reason is one line, and the submission gets no outcome.
    """
    execution = executed(job(submission()), StillbornBackend())
    assert execution.fault is not None
    assert execution.fault.startswith("GraderFault: the worker did not start (died)")
    assert "\n" not in execution.fault
    assert execution.outcomes == {}


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="this machine has a card that can be used")
def test_a_device_that_cannot_be_used_is_our_fault() -> None:
    """A device that cannot be used is the grader's fault.

    It is tried before the submission's code; the line says what to choose instead.
    """
    execution = executed(replace(job(submission()), device="cuda"), WarmBackend())
    assert execution.fault is not None
    assert "cuda cannot be used in this sandbox: choose another --sandbox, or --device cpu" in execution.fault
    assert execution.outcomes == {}


def test_a_sandbox_that_cannot_be_launched_is_our_fault() -> None:
    """A sandbox that does not start is the grader's fault. So is an error of the operating system."""

    def launch() -> WarmSandbox:
        raise OSError(24, "Too many open files")

    execution = executed(job(submission()), OneSandbox(launch))
    assert execution.fault is not None
    assert "Too many open files" in execution.fault


def test_a_plan_that_lacks_what_a_probe_needs_is_our_fault(run: Run) -> None:
    """A plan without a needed probe is the grader's fault. Else it would look like the submission's."""
    execution = run(JobPhase("predict", ("predictions",), 30.0))
    assert execution.fault == "GraderFault: the plan lacks probe training, which predictions needs"


def test_shapes_are_what_the_submission_says(run: Run) -> None:
    """The shapes that arrive are those observed inside."""
    (first, *_) = decode(run().outcomes["shapes"].payload, Shapes).runs
    assert (first.n, first.shape) == (1, [1, 10])


def test_each_phase_is_told_its_share_of_the_card() -> None:
    """Each phase is told its share of the card. The share is no part of the job, and decides nothing that is stored."""
    place = Place(OneSandbox(WarmSandbox), lambda *heard: None, slots=4, card_share=0.25)
    run = _Run(Task("task", job(submission()), NoisyInputs()), place)
    assert run._request(STRUCTURE, ["load"], 30.0).card_share == 0.25
