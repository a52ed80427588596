"""Joins the scores of queries asked in parts. Each part has a phase of its own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.model import Outcome
from grader.protocol.codec import decode, encode
from grader.protocol.messages import MAX_OBSERVATION_BYTES
from grader.protocol.observations import Predictions


class Parts:
    """The outcomes of each probe, by part. They may come in any order."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[int, Outcome]] = {}

    def add(self, part: int, outcomes: Mapping[str, Outcome]) -> None:
        """Keep the outcomes of a part."""
        for probe, outcome in outcomes.items():
            self._parts.setdefault(probe, {})[part] = outcome

    def failed(self, probe: str) -> bool:
        """Whether a part of `probe` has failed. Then the others need not be asked."""
        return any(outcome.kind != "ok" for outcome in self._parts.get(probe, {}).values())

    def joined(self) -> dict[str, Outcome]:
        """Return one outcome for each probe. It has all scores in the order of the parts, or what went wrong first."""
        return {probe: _joined(parts) for probe, parts in self._parts.items()}


def _joined(parts: Mapping[int, Outcome]) -> Outcome:
    for outcome in parts.values():
        if outcome.kind != "ok":
            return outcome
    scores = [decode(parts[part].payload, Predictions).scores for part in sorted(parts)]
    if len({(one.dtype, one.ndim, one.shape[1:]) for one in scores}) > 1 or scores[0].ndim != 2:
        return Outcome("crashed", data={"reason": "protocol"})  # a network has one number of scores
    payload = encode(Predictions(np.concatenate(scores)))
    if len(payload) > MAX_OBSERVATION_BYTES:
        return Outcome("crashed", data={"reason": "protocol"})
    return Outcome("ok", payload)
