"""JUnit XML, a table of tests. Continuous integration and many dashboards show it.

There is no one specification. What is written is valid against the two schemas that are most used: that of Ant's
reports (github.com/windyroad/JUnit-Schema) and that of Jenkins (`junit-10.xsd` of its xUnit plugin). The first asks for
both `system-out` and `system-err`, a time stamp without a zone, and no attribute of `testsuites`.
"""

from __future__ import annotations

import math
import re
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from grader.final import Final, final_grade
from grader.i18n import LANGUAGES, translator
from grader.model import Result, ScoredTest, TestStatus
from grader.report.escape import Translate, lines_of, one_line
from grader.report.points import shown, total
from grader.report.words import said, title

_ELEMENTS: Mapping[TestStatus, str] = {
    "failed": "failure",
    "timeout": "error",
    "crashed": "error",
    "error": "error",
    "blocked": "skipped",
}
"""The XML element of each status; passed has none."""
_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold. A carriage return is among them, as it would be read as a line break."""
_ATTACHMENT = re.compile(r"\[\[(?=\s*ATTACHMENT)", re.IGNORECASE)
"""A marker that attaches files in GitLab and Jenkins. They would take a file of the machine that reads the report."""
_NO_TIME = "1970-01-01T00:00:00"


def _text(text: str) -> str:
    """Make `text` valid in XML and harmless to readers."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", _ATTACHMENT.sub("[ [", text))


def _printed(result: Result) -> str:
    """Return the submission's printed lines, made harmless."""
    whole = "\n".join(part for part in (result.printed_probing, result.printed) if part)
    return _text("\n".join(lines_of(whole)))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}" if math.isfinite(seconds) and seconds >= 0 else "0"


def _case(suite: ET.Element, test: ScoredTest, translate: Translate) -> str:
    """Add one test to `suite`. Return the name of its element, "" for one that passed."""
    verdict = test.verdict
    name = verdict.test.removeprefix(f"{verdict.category}/")
    attributes = {"classname": verdict.category, "name": name, "time": _seconds(verdict.seconds)}
    case = ET.SubElement(suite, "testcase", {key: _text(one_line(value)) for key, value in attributes.items()})
    element = _ELEMENTS.get(verdict.status, "")
    if element:
        message = _text(f"{title(verdict.test, translate)}: {said(verdict, translate)}")
        kind = {} if element == "skipped" else {"type": verdict.status}  # Ant's schema gives it none
        found = ET.SubElement(case, element, {**kind, "message": message})
        found.text = _text(f"{total([test])}\n{said(verdict, translate)}")
    return element


def _fault(suite: ET.Element, result: Result) -> str:
    """Add an error in place of the tests. It stands for a result on which the grader failed."""
    case = ET.SubElement(suite, "testcase", {"classname": "grader", "name": "fault", "time": "0"})
    message = _text(one_line(result.fault or "unknown"))
    ET.SubElement(case, "error", {"type": "grader_error", "message": message}).text = message
    return "error"


def _properties(result: Result, final: Final) -> dict[str, str]:
    """Return score, status and provenance for the suite."""
    known = {
        "score": "" if final.score is None else shown(final.score),
        "max_score": shown(final.max_score),
        "status": result.status,
        "dataset": result.provenance.dataset,
        "sandbox": result.provenance.sandbox,
        "grader": result.provenance.grader,
        "submission_sha256": result.provenance.submission_sha256,
    }
    accuracy = result.metrics.accuracy
    measured = {} if accuracy is None or not math.isfinite(accuracy) else {"accuracy": f"{accuracy:.6f}"}
    return {name: _text(one_line(value)) for name, value in (known | measured).items()}


def _suite(root: ET.Element, number: int, result: Result, translate: Translate) -> None:
    """Add one submission as a test suite."""
    final = final_grade(result)
    name = _text(one_line(result.submission)) or "-"
    suite = ET.SubElement(root, "testsuite", {"name": name, "package": "perceptron", "id": str(number)})
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(result, final).items():
        ET.SubElement(properties, "property", {"name": key, "value": value})
    found = Counter(_case(suite, test, translate) for test in final.tests)
    if result.status == "grader_error":
        found[_fault(suite, result)] += 1
    counts = {"tests": found.total(), "failures": found["failure"], "errors": found["error"]}
    suite.attrib.update({key: str(count) for key, count in (counts | {"skipped": found["skipped"]}).items()})
    suite.set("time", _seconds(result.provenance.seconds))
    suite.set("timestamp", result.provenance.started.removesuffix("Z") or _NO_TIME)
    suite.set("hostname", "localhost")
    ET.SubElement(suite, "system-out").text = _printed(result)
    ET.SubElement(suite, "system-err").text = _text(one_line(result.fault)) if result.fault else ""


class JunitExporter:
    """Writes a suite for each submission. It has a case for each hidden test, with the category as the class."""

    name = "junit"
    help = "JUnit XML, a suite for each submission"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the language of the messages."""
        parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of the messages (default: en)")

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return one file, UTF-8."""
        translate = translator(options.lang)
        root = ET.Element("testsuites")
        for number, result in enumerate(results):
            _suite(root, number, result, translate)
        ET.indent(root)
        document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return {"junit.xml": document + b"\n"}
