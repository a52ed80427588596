"""Facts about a job for the trusted side alone. They are the right answers, the bars, and what the sources carry."""

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
from grader.protocol.limits import Limits


def rules_of(assignment: Assignment) -> Rules:
    """Return the assignment's rules for a network's structure."""
    structure = assignment.structure
    return Rules(structure.max_parameters, structure.min_hidden_layers, structure.forbid_convolutions)


def facts_for(assignment: Assignment, dataset: Dataset, job: Job) -> Facts:
    """Return the facts for judging `job`. The hidden tests may compare its observations with them."""
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
    """Update `facts` to the current assignment. Its rules, bars and bounds are those that it states now."""
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


def with_images(facts: Facts, assignment: Assignment, dataset: Dataset, data_seed: int) -> Facts:
    """Add the images' numbers to older `facts`.

    An earlier version has kept them without the numbers of the images that were asked about.

    They are drawn again. Where that gives other answers than there were, since the assignment, the data set or the
    secret is another by now, `facts` are left as they are.

    Args:
        facts: of a job that is not there any more.
        assignment: says how images are asked about.
        dataset: of the job.
        data_seed: of the job.
    """
    if len(facts.images):
        return facts
    integrity = assignment.integrity
    job = Job(
        files={}, phases=(), limits=Limits(), dataset=dataset.name, seed=0, data_seed=data_seed, device="", threads=1,
        relabel=integrity.relabel, noise=0, turn_degrees=integrity.turn_degrees, stretch=integrity.stretch,
        shift_pixels=integrity.shift_pixels, queries_at_once=integrity.queries_at_once,
    )  # fmt: skip
    labels = dataset.test_labels
    names, questions = draw_names_and_questions(job, len(labels), np.random.default_rng(data_seed))
    same = (
        np.array_equal(questions.moved, facts.moved)
        and list(names.names) == facts.names
        and np.array_equal(labels[questions.index], facts.public_answers)
    )
    return replace(facts, images=questions.index.astype(np.int64)) if same else facts
