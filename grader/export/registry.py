"""All exporters by name. A new one is a file in this folder and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from grader.late import late

if TYPE_CHECKING:
    from grader.export.base import Exporter, Pusher


EXPORTERS: Mapping[str, Callable[[], Exporter]] = {
    "annotations": late("grader.export.annotations:AnnotationsExporter"),
    "blackboard": late("grader.export.blackboard:BlackboardExporter"),
    "canvas": late("grader.export.canvas:CanvasExporter"),
    "classroom": late("grader.export.classroom:ClassroomExporter"),
    "classroom50": late("grader.export.classroom50:Classroom50Exporter"),
    "csv": late("grader.export.csv:CsvExporter"),
    "gradescope": late("grader.export.gradescope:GradescopeExporter"),
    "jsonl": late("grader.export.jsonl:JsonLinesExporter"),
    "junit": late("grader.export.junit:JunitExporter"),
    "moodle": late("grader.export.moodle:MoodleExporter"),
    "moodle-feedback": late("grader.export.moodle_feedback:MoodleFeedbackExporter"),
    "summary": late("grader.export.summary:SummaryExporter"),
}

PUSHERS: Mapping[str, Callable[[], Pusher]] = {
    "nbgrader": late("grader.export.nbgrader:NbgraderPusher"),
}
"""The exporters that write into a system themselves."""
