"""What the trusted side alone knows of a job: the right answers, the bars, what the sources carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from grader.assignment import Assignment
from grader.datasets.base import Dataset
from grader.inputs import draw_names_and_questions
from grader.judge.facts import Facts
from grader.judge.rules import Rules
from grader.model import Job
from grader.source.bounded import TooComplex, count_literals

_DOCUMENTATION_BYTES = 32 * 1024


def literal_bytes(files: Mapping[str, bytes]) -> int:
    """How much data the files of a submission carry: literals of its sources and whole files of any other kind.

    Docstrings and comments are no data as long as they are no more than a program of this kind needs.
    """
    sources = [content for name, content in files.items() if name.endswith(".py")]
    data = sum(len(content) for name, content in files.items() if not name.endswith(".py"))
    try:
        counted = count_literals(sources)
    except TooComplex:  # as what cannot be read at all: it might be anything
        counted = [(len(source), 0) for source in sources]
    documentation = sum(texts for _, texts in counted)
    return data + sum(literals for literals, _ in counted) + max(0, documentation - _DOCUMENTATION_BYTES)


def rules_of(assignment: Assignment) -> Rules:
    """What the assignment says about the structure of a network."""
    structure = assignment.structure
    return Rules(structure.max_parameters, structure.min_hidden_layers, structure.forbid_convolutions)


def facts_for(assignment: Assignment, dataset: Dataset, job: Job) -> Facts:
    """What the hidden tests may compare the observations of `job` with."""
    labels = dataset.test_labels
    names, questions = draw_names_and_questions(job, len(labels), np.random.default_rng(job.data_seed))
    facts = Facts(
        rules=rules_of(assignment),
        answers=names.apply(labels[questions.index]).astype(np.int64),
        public_answers=labels[questions.index].astype(np.int64),
        moved=questions.moved,
        first_part=questions.parts[0].stop,
        bars=[],
        names=list(names.names),
        max_untrained_accuracy=0.0,
        max_literal_bytes=0,
        literal_bytes=literal_bytes(job.files),
    )
    return current_facts(facts, assignment, job.dataset)


def current_facts(facts: Facts, assignment: Assignment, dataset: str) -> Facts:
    """`facts` under the rules, bars and bounds that `assignment` states now."""
    return replace(
        facts,
        rules=rules_of(assignment),
        bars=list(assignment.bars_for(dataset).bars),
        max_untrained_accuracy=assignment.integrity.max_untrained_accuracy,
        max_literal_bytes=assignment.integrity.max_literal_bytes,
        max_few_shot_accuracy=assignment.integrity.max_few_shot_accuracy,
        max_scrambled_accuracy=assignment.integrity.max_scrambled_accuracy,
        max_moved_loss=assignment.bars_for(dataset).max_moved_loss,
    )
