"""What the trusted side alone knows of a job: the right answers, the bars, what the sources carry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.assignment import Assignment
from grader.carried import carried_by
from grader.datasets.base import Dataset
from grader.inputs import draw_names_and_questions
from grader.judge.facts import Facts
from grader.judge.rules import Rules
from grader.model import Job


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
        carried=carried_by(job.files),
        images=questions.index.astype(np.int64),
    )
    return current_facts(facts, assignment, job.dataset)


def current_facts(facts: Facts, assignment: Assignment, dataset: str) -> Facts:
    """`facts` under the rules, bars and bounds that `assignment` states now."""
    return replace(
        facts,
        rules=rules_of(assignment),
        bars=list(assignment.bars_for(dataset).bars),
        max_untrained_accuracy=assignment.integrity.max_untrained_accuracy,
        max_carried_bytes=assignment.integrity.max_carried_bytes,
        notable_carried_bytes=assignment.integrity.notable_carried_bytes,
        max_few_shot_accuracy=assignment.integrity.max_few_shot_accuracy,
        max_scrambled_accuracy=assignment.integrity.max_scrambled_accuracy,
        max_moved_loss=assignment.bars_for(dataset).max_moved_loss,
    )
