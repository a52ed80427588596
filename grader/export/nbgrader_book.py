"""Rows of nbgrader's grade book, written all at once. nbgrader's own calls, row by row, take five times as long.

The tables are those of `nbgrader.api`. What a person has entered there (manual scores, extra credit, comments, names)
is never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.autograde import REPORT_CELL
from grader.errors import UsageError

LOCK_SECONDS = 30
"""Seconds to wait for another program's lock."""


@dataclass(frozen=True)
class Row:
    """The grade book's row for one student.

    Args:
        student: nbgrader's id.
        first_name, last_name, email: "" where not known.
        submitted: in UTC, without a time zone, as nbgrader wants it; None where not known.
        points: by the id of the cell; None for no grade.
        late_points: taken off.
        review: ids of cells that a person should look at.
        comment: the feedback, Markdown.
    """

    student: str
    first_name: str
    last_name: str
    email: str
    submitted: datetime | None
    points: Mapping[str, float | None]
    late_points: float
    review: frozenset[str]
    comment: str


@dataclass(frozen=True)
class Cells:
    """The cells of a notebook in the grade book.

    Args:
        assignment, notebook: ids of their rows.
        grades, comments: ids of the rows of cells, by the cells' ids.
        worth: of the cells with points.
        graded, commented: of each notebook of the assignment, the ids of all its cells with grades or comments.
    """

    assignment: str
    notebook: str
    grades: Mapping[str, str]
    worth: Mapping[str, float]
    comments: Mapping[str, str]
    graded: Mapping[str, Sequence[str]]
    commented: Mapping[str, Sequence[str]]


def cells_of(book: Any, assignment: str, notebook: str) -> Cells:
    """Read a notebook's cells from the grade book.

    Args:
        book: an open `nbgrader.api.Gradebook`.
        assignment: its name.
        notebook: its name, without ".ipynb".

    Raises:
        UsageError: there is no such assignment or notebook.
    """
    names = [one.name for one in book.assignments]
    if assignment not in names:
        there = f"it has {', '.join(names)}" if names else "it has none"
        raise UsageError(
            f"the grade book has no assignment `{assignment}` ({there}): "
            f"run `nbgrader generate_assignment {assignment}` in the course first"
        )
    of_it = {one.name: one for one in book.find_assignment(assignment).notebooks}
    if notebook not in of_it:
        raise UsageError(f"the assignment `{assignment}` has no notebook `{notebook}`: it has {', '.join(of_it)}")
    found = of_it[notebook]
    return Cells(
        assignment=found.assignment_id,
        notebook=found.id,
        grades={cell.name: cell.id for cell in found.grade_cells},
        worth={cell.name: cell.max_score for cell in found.grade_cells},
        comments={cell.name: cell.id for cell in found.solution_cells},
        graded={one.id: [cell.id for cell in (*one.grade_cells, *one.task_cells)] for one in of_it.values()},
        commented={one.id: [cell.id for cell in (*one.solution_cells, *one.task_cells)] for one in of_it.values()},
    )


def _begin(session: Any, *, is_sqlite: bool) -> None:
    """Begin a transaction that excludes other writers. It waits for whoever writes.

    Raises:
        UsageError: somebody else keeps it too long.
    """
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    if not is_sqlite:
        return
    session.execute(text(f"PRAGMA busy_timeout = {1000 * LOCK_SECONDS}"))
    session.rollback()
    try:
        session.execute(text("BEGIN IMMEDIATE"))
    except OperationalError as error:
        raise UsageError(
            f"cannot write to the grade book ({error.orig}); if another program uses it, try again once that is done"
        ) from None


def _write(session: Any, model: Any, inserted: list[dict[str, Any]], updated: list[dict[str, Any]]) -> None:
    from sqlalchemy import insert, update

    if inserted:
        session.execute(insert(model), inserted)
    if updated:
        session.execute(update(model), updated)


def _students(session: Any, rows: Iterable[Row]) -> None:
    """Create missing students and fill in empty fields."""
    from nbgrader.api import Student
    from sqlalchemy import select

    fields = ("first_name", "last_name", "email")
    columns = [getattr(Student, name) for name in ("id", *fields)]
    known = {row.id: row for row in session.execute(select(*columns))}
    inserted, updated = [], []
    for row in rows:
        said = {name: getattr(row, name) or None for name in fields}
        if row.student not in known:
            inserted.append({"id": row.student, **said})
        else:
            there = known[row.student]
            updated.append({"id": row.student, **{name: getattr(there, name) or said[name] for name in fields}})
    _write(session, Student, inserted, updated)


def _children(session: Any, model: Any, keys: tuple[str, str], wanted: Iterable[tuple[str, str]]) -> dict[Any, Any]:
    """Create missing rows of `model`, and return all ids. They are keyed by the two foreign keys."""
    from sqlalchemy import select

    columns = [getattr(model, name) for name in ("id", *keys)]

    def ids() -> dict[Any, Any]:
        return {(first, second): row for row, first, second in session.execute(select(*columns))}

    known = ids()
    _write(session, model, [dict(zip(keys, pair, strict=True)) for pair in wanted if pair not in known], [])
    return ids()


def _submissions(session: Any, cells: Cells, rows: Sequence[Row]) -> dict[str, str]:
    """Return each student's submitted notebook id. What is missing of their submissions is created."""
    from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook

    keys = ("assignment_id", "student_id")
    submitted = _children(session, SubmittedAssignment, keys, [(cells.assignment, row.student) for row in rows])
    of = {row.student: submitted[cells.assignment, row.student] for row in rows}
    times = [{"id": of[row.student], "timestamp": row.submitted} for row in rows if row.submitted is not None]
    _write(session, SubmittedAssignment, [], times)
    keys = ("notebook_id", "assignment_id")
    pairs = [(notebook, of[row.student]) for row in rows for notebook in cells.graded]
    handed_in = _children(session, SubmittedNotebook, keys, pairs)
    for model, wanted in ((Grade, cells.graded), (Comment, cells.commented)):
        pairs = [
            (cell, handed_in[notebook, of[row.student]])
            for row in rows
            for notebook, names in wanted.items()
            for cell in names
        ]
        _children(session, model, ("cell_id", "notebook_id"), pairs)
    return {row.student: handed_in[cells.notebook, of[row.student]] for row in rows}


def _grade(row: Row, cell: str, there: Any) -> dict[str, Any]:
    """Return a grade's changed columns. Where a person has entered points and ours are others, they look again."""
    score = row.points[cell]
    changed = {"id": there.id, "auto_score": score, "needs_manual_grade": there.needs_manual_grade}
    if score is None:
        changed["needs_manual_grade"] = there.needs_manual_grade or there.manual_score is None
    elif there.auto_score != score:
        changed["needs_manual_grade"] = there.manual_score is not None or cell in row.review
    return changed


def _fill_in(session: Any, cells: Cells, rows: Sequence[Row], notebooks: Mapping[str, str]) -> None:
    """Update grades, feedback and penalties of existing rows."""
    from nbgrader.api import Comment, Grade, SubmittedNotebook
    from sqlalchemy import select

    columns = [Grade.id, Grade.cell_id, Grade.notebook_id, Grade.auto_score, Grade.manual_score]
    found = session.execute(select(*columns, Grade.needs_manual_grade))
    there = {(one.cell_id, one.notebook_id): one for one in found}
    grades = [
        _grade(row, cell, there[cells.grades[cell], notebooks[row.student]]) for row in rows for cell in row.points
    ]
    _write(session, Grade, [], grades)
    of_report = select(Comment.id, Comment.notebook_id).where(Comment.cell_id == cells.comments[REPORT_CELL])
    comments = {notebook: comment for comment, notebook in session.execute(of_report)}
    said = [{"id": comments[notebooks[row.student]], "auto_comment": row.comment} for row in rows]
    _write(session, Comment, [], said)
    late = [{"id": notebooks[row.student], "late_submission_penalty": row.late_points} for row in rows]
    _write(session, SubmittedNotebook, [], late)


def write(book: Any, cells: Cells, rows: Sequence[Row]) -> None:
    """Write `rows` in one transaction. Where anything fails, none is written.

    Raises:
        UsageError: another program keeps the grade book to itself.
    """
    session = book.db
    _begin(session, is_sqlite=book.engine.dialect.name == "sqlite")
    try:
        _students(session, rows)
        notebooks = _submissions(session, cells, rows)
        _fill_in(session, cells, rows, notebooks)
        session.commit()
    except BaseException:
        session.rollback()
        raise
