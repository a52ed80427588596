"""Submissions that forge results earn only their honest part.

They attack the protocol, the probes, the judge or the reports. They need no sandbox for it, and get none: warm workers
grade them in seconds.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.i18n import translator
from grader.intake import discover
from grader.judge import collect
from grader.report.json import to_json
from tests.hostile.attacks import Attack, attacks, write_single
from tests.hostile.verdicts import complaints_about
from tests.testing.corpus import Expectation, Sample
from tests.testing.grading import result_of, setup_for

UNCONFINED = [attack for attack in attacks() if not attack.sandbox]
NOWHERE = {"SENTINEL": "/nowhere/sentinel", "ARENA": "/nowhere"}
SECONDS = 4.0


@pytest.mark.parametrize("attack", UNCONFINED, ids=lambda attack: attack.name)
def test_nothing_is_earned_by_forging(attack: Attack, tmp_path: Path) -> None:
    """Forging earns nothing beyond the honest part. The grader does not fail over it."""
    where = tmp_path / attack.name
    write_single(attack, where, NOWHERE)
    setup = setup_for(Sample(where, Expectation(time_limit=SECONDS)))
    setup = replace(setup, chosen=tuple(collect.tests_for(attack.only, setup.tests)))
    (submission,) = discover([where])
    result = result_of(setup, submission)
    assert complaints_about(attack, to_json(result, translator("en"))) == []


def test_corpus_is_there() -> None:
    """There are enough forging submissions to test with."""
    assert len(UNCONFINED) >= 20
