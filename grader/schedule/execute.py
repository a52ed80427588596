"""Executes one job.

Its phases run in order, each in a child of a worker in a sandbox; every probe ends in an `Outcome`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import cast

from grader.errors import GraderFault
from grader.model import Detail, Execution, JobPhase, Outcome, OutcomeKind
from grader.protocol import messages
from grader.protocol.codec import VERSION, BrokenMessage, decode, field_bytes, take_out
from grader.protocol.messages import Hello, Phase, ProbeRaised, Progress, Started
from grader.protocol.observations import NETWORKS, Training
from grader.protocol.opening import open_observation
from grader.protocol.probes import GRADED_NETWORK, PHASES, PROBES
from grader.schedule.base import Done, Place, Task
from grader.schedule.launch import launch_worker
from grader.schedule.parts import Parts
from grader.schedule.session import DIED, PhaseRun, Session

_LIMITS: dict[str, OutcomeKind] = {
    "timeout": "timeout",
    "memory": "memory",
    "scratch": "scratch",
    "processes": "processes",
}
_MEGABYTE = 1_000_000
_CPU_LIMIT_SIGNAL, _KILL_SIGNAL = 24, 9
_Network = tuple[str, str]
"""A probe, and the field holding its network. The field is one of the probe's observation."""
_SCORED_WITH = {kind.network for kind in PHASES.values() if kind.network is not None}


class _Run:
    """The state of one job while it is executed."""

    def __init__(self, task: Task, place: Place) -> None:
        self.task, self.job, self.place = task, task.job, place
        self.outcomes: dict[str, Outcome] = {}
        self.networks: dict[_Network, memoryview] = {}
        self.parts = Parts()
        self.session: Session | None = None
        self.printed = self.printed_probing = ""
        self.torch = ""
        self.peak_memory_bytes = 0
        self.train_seconds: float | None = None

    def open_session(self) -> Session:
        if self.session is None or not self.session.alive:
            self.close()
            hello = Hello(VERSION, self.job.threads, self.job.device)
            sandbox = launch_worker(self.place.backend, self.job)
            self.session = Session(sandbox, hello, self.job.limits.output_bytes)
        return self.session

    def close(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session = None

    def phase(self, phase: JobPhase) -> None:
        """Run the possible probes of `phase`. Note why the others cannot run."""
        wanted = [probe for probe in phase.probes if self._possible(probe) and not self.parts.failed(probe)]
        if not wanted:
            return
        hear, name = self.place.listener, self.task.name
        hear(name, phase.name, None)
        wall_seconds = phase.wall_seconds * self.job.time_factor
        asked = {PROBES[probe].asks or probe: probe for probe in wanted}
        request = self._request(phase, list(asked), wall_seconds)
        session, run = self._observe(request, wall_seconds, lambda progress: hear(name, phase.name, progress))
        self._keep_printed(phase.name, session.take_printed())
        if session.ready is not None:
            self.torch = session.ready.torch
        if phase.name == "train":
            self.train_seconds = run.seconds
        if run.ended is not None:
            self.peak_memory_bytes = max(self.peak_memory_bytes, run.ended.peak_memory_bytes)
        answers = _Answers(asked, self.job.limits.network_bytes)
        outcomes = answers.outcomes(run, wall_seconds)
        self.networks |= answers.networks
        if phase.part is None:
            self.outcomes.update(outcomes)
            for probe in tuple(self.outcomes):
                self._left_out(probe)
        else:
            self.parts.add(phase.part, outcomes)

    def _observe(
        self, request: Phase, wall_seconds: float, on_progress: Callable[[Progress], None]
    ) -> tuple[Session, PhaseRun]:
        """Run a phase, twice where something was killed.

        It is the worker or its child. That may have been the machine, when its memory was used up, or the end of the
        fork server that all come from. A submission that ends its own processes does so again.
        """
        session = self.open_session()
        run = session.run(request, wall_seconds, on_progress)
        if run.stopped == DIED or (run.ended is not None and run.ended.signal == _KILL_SIGNAL):
            self.close()  # what is left of it may be about to end
            session = self.open_session()
            run = session.run(request, wall_seconds, on_progress)
        return session, run

    def _keep_printed(self, phase: str, printed: str) -> None:
        """Keep printed output, training and probes apart.

        One part is the graded training's, the other what all the probes make a submission print.
        """
        if phase == "train":
            self.printed += printed
        elif len(self.printed_probing) < self.job.limits.output_bytes:
            self.printed_probing += printed

    def _possible(self, probe: str) -> bool:
        for need in PROBES[probe].needs:
            outcome = self.outcomes.get(need)
            same_phase = PROBES[need].phase == PROBES[probe].phase
            if outcome is not None and outcome.kind != "ok":
                self.outcomes[probe] = Outcome("blocked", blocked_by=outcome.blocked_by or need)
                return False
            if outcome is None and not same_phase:
                raise GraderFault(f"the plan lacks probe {need}, which {probe} needs")
        return not self._left_out(probe)

    def _left_out(self, probe: str) -> bool:
        """Whether the graded training's timeout blocks `probe`.

        That is so where `probe` is a training that only examines.

        One that came first and was late as well is no finding of its own.
        """
        graded = GRADED_NETWORK[0]
        if probe == graded or PROBES[probe].asks != PROBES[graded].asks:
            return False
        own, other = self.outcomes.get(probe), self.outcomes.get(graded)
        if other is None or other.kind != "timeout" or (own is not None and own.kind != "timeout"):
            return False
        self.outcomes[probe] = Outcome("blocked", blocked_by=graded)
        return True

    def _network(self, phase: str) -> bytes:
        """Return the packed network that `phase` scores with."""
        source = PHASES[phase].network
        return b"" if source is None else cast("bytes", self.networks[source])  # a view is written as bytes are

    def _request(self, phase: JobPhase, asked: list[str], wall_seconds: float) -> Phase:
        job = self.job
        arrays = self.task.inputs.arrays(phase.name, phase.part or 0)
        return Phase(
            probes=asked,
            files=job.files,
            seed=job.seed,
            device=job.device,
            limits=job.limits,
            cpu_seconds=int(wall_seconds * max(2, job.threads)) + 10,
            arrays=arrays,
            weights=self._network(phase.name),
            epochs_factor=job.epochs_factor,
            epoch_samples=PHASES[phase.name].epoch_samples or len(arrays.get("train_labels", ())),
            redraw_weights=job.redraw_weights,
            card_share=self.place.card_share,
            key=hashlib.sha256(f"inside the sandbox: {job.data_seed}".encode()).digest(),
        )


@dataclass(frozen=True)
class _Unopened:
    """`Observed`, read with a view of the payload. So trained networks are in memory once."""

    probe: str
    payload: memoryview


@dataclass
class _Answers:
    """The outcomes in the frames of a phase.

    Args:
        asked: the probes, by what the worker was asked for.
        network_bytes: bound on one packed network.
        found: the outcomes so far, by what the worker was asked for; no network is in them.
        networks: those that a later phase scores with.
    """

    asked: Mapping[str, str]
    network_bytes: int
    found: dict[str, Outcome] = field(default_factory=dict)
    networks: dict[_Network, memoryview] = field(default_factory=dict)

    def outcomes(self, run: PhaseRun, wall_seconds: float) -> dict[str, Outcome]:
        """Return one outcome per probe.

        They come from the frames and, for the probe that was running then, from the end.
        """
        probes = list(self.asked)
        running = probes[0]
        broken = False
        for kind, payload in run.frames:
            try:
                running = self._take(kind, payload, running)
            except BrokenMessage:
                broken = True
                break
        missing = [probe for probe in probes if probe not in self.found]
        if missing:
            culprit = running if running in missing else missing[0]
            self.found[culprit] = _ending(run, wall_seconds, broken)
            blocked = Outcome("blocked", blocked_by=self.asked[culprit])
            self.found.update({probe: blocked for probe in missing if probe != culprit})
        return {probe: self.found[name] for name, probe in self.asked.items()}

    def _take(self, kind: int, payload: bytearray, running: str) -> str:
        if kind != messages.OBSERVED and len(payload) > messages.MAX_NOTE_BYTES:
            raise BrokenMessage("a message that is too long")
        if kind == messages.STARTED:
            return decode(payload, Started).probe
        if kind == messages.OBSERVED:
            observed = decode(payload, _Unopened)
            if observed.probe in self.asked and observed.probe not in self.found:
                self.found[observed.probe] = Outcome("ok", self._checked(self.asked[observed.probe], observed.payload))
        elif kind == messages.RAISED:
            raised = decode(payload, ProbeRaised)
            if raised.probe in self.asked and raised.probe not in self.found:
                self.found[raised.probe] = self._without_observation(raised)
        else:
            raise BrokenMessage(f"a frame of kind {kind}")
        return running

    def _without_observation(self, raised: ProbeRaised) -> Outcome:
        if raised.network_bytes > self.network_bytes:
            data: dict[str, Detail] = {
                "size_mb": -(-raised.network_bytes // _MEGABYTE),
                "limit_mb": self.network_bytes // _MEGABYTE,
            }
            return Outcome("network-size", data=data)
        by = raised.blocked_by if raised.blocked_by in PROBES else None
        return Outcome("blocked" if by else "error", error=raised.error, blocked_by=by)

    def _checked(self, probe: str, payload: memoryview) -> bytes:
        """Check an observation and take its networks out. They are kept apart, unopened.

        Raises:
            BrokenMessage: it is none of this probe's, or something in it is over its bound.
        """
        expected = PROBES[probe].observation
        observation = self._without_networks(probe, payload) if expected is Training else bytes(payload)
        open_observation(observation, expected)
        return observation

    def _without_networks(self, probe: str, payload: memoryview) -> bytes:
        # a field that is given twice is still in the length
        sizes = field_bytes(payload, len(fields(Training)))
        observation, networks = take_out(payload, NETWORKS)
        if len(payload) - sum(sizes.get(name, 0) for name in networks) > messages.MAX_OBSERVATION_BYTES:
            raise BrokenMessage("an observation that is too long")
        if any(len(network) > self.network_bytes for network in networks.values()):
            raise BrokenMessage("a network that is too large")
        wanted = {(probe, name): network for name, network in networks.items() if (probe, name) in _SCORED_WITH}
        if len(wanted) < len(networks):  # copied, so that the whole message need not stay in memory for a part of it
            wanted = {name: memoryview(bytes(network)) for name, network in wanted.items()}
        self.networks |= wanted
        return observation


def _ending(run: PhaseRun, wall_seconds: float, broken: bool) -> Outcome:
    """Return the outcome of the probe that was running. The end of the process tells."""
    if run.stopped in _LIMITS:
        data: dict[str, Detail] = {"limit_seconds": round(wall_seconds)}
        if run.progress is not None:
            data |= {
                "epoch": run.progress.epoch,
                "n_epochs": run.progress.n_epochs,
                "batch": run.progress.batch,
                "batches": run.progress.batches,
                "seconds": round(run.progress.seconds, 1),
            }
        return Outcome(_LIMITS[run.stopped], data=data, line=run.last_line(), seconds=run.seconds)
    if run.stopped == "protocol" or broken:
        return Outcome("crashed", data={"reason": "protocol"}, seconds=run.seconds)
    if run.ended is None:
        return Outcome("crashed", data={"reason": "sandbox"}, seconds=run.seconds)
    if run.ended.signal == _CPU_LIMIT_SIGNAL:
        data = {"limit_seconds": round(wall_seconds)}
        return Outcome("timeout", data=data, line=run.last_line(), seconds=run.seconds)
    if run.ended.signal == _KILL_SIGNAL:
        return Outcome("crashed", data={"reason": "killed", "signal": run.ended.signal}, seconds=run.seconds)
    return Outcome(
        "crashed",
        data={"reason": "exit", "exit_code": run.ended.exit_code, "signal": run.ended.signal},
        seconds=run.seconds,
    )


def execute(task: Task, place: Place) -> Done:
    """Run every phase of a task's job. Leaves no process behind.

    Never raises for what a submission, the sandbox or the machine does: whatever goes wrong with one task, others can
    be executed.

    Returns:
        An outcome for each planned probe; or an execution with `fault` set, when the grader or its machine failed.
    """
    began, begin = datetime.now(UTC), time.monotonic()
    run = _Run(task, place)
    fault = None
    try:
        try:
            for phase in task.job.phases:
                run.phase(phase)
        finally:
            run.close()
    except Exception as error:  # noqa: BLE001 - a fault of ours, also one that nobody foresaw
        fault = f"{type(error).__name__}: {error}"
    execution = Execution(
        outcomes=run.outcomes | run.parts.joined(),
        printed=run.printed,
        printed_probing=run.printed_probing,
        torch=run.torch,
        started=began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=time.monotonic() - begin,
        train_seconds=run.train_seconds,
        peak_memory_bytes=run.peak_memory_bytes,
        time_factor=task.job.time_factor,
        threads=task.job.threads,
        fault=fault,
    )
    return Done(task.name, execution)
