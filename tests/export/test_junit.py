"""Tests of `grader export junit`. A common reader reads it back, and both schemas hold."""

from __future__ import annotations

import re
from argparse import Namespace
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from grader.export.junit import JunitExporter
from grader.model import Adjustment, Identity, Metrics, Result
from tests.testing.results import HOSTILE, PROVENANCE, make_hostile, scored

MIXED = Result(
    identity=Identity("bob"),
    status="failed",
    score=22.5,
    max_score=100.0,
    tests=(
        scored("structure/loads", points=(20.0, 20.0), seconds=0.0123),
        scored("structure/output-shape", "failed", (2.5, 5.0), hint="x/y", data={"got": "half"}),
        scored("training/runs", "error", (0.0, 25.0), hint="outcome/error", data={"exception": "E", "where": "n:3"}),
        scored("training/device", "crashed", (0.0, 5.0), hint="x/y"),
        scored("training/epochs", "timeout", (0.0, 15.0), hint="x/y"),
        scored("accuracy/target", "blocked", (0.0, 30.0), blocked_by="training/runs"),
    ),
    metrics=Metrics(accuracy=0.9),
    provenance=PROVENANCE,
    printed="epoch 1\n",
)
BROKEN = replace(MIXED, identity=Identity("carol"), status="grader_error", score=None, tests=(), fault="disk full")


def exported(*results: Result, lang: str = "en") -> bytes:
    """Export these results; return the one file."""
    (content,) = JunitExporter().export(results, Namespace(lang=lang)).values()
    return content


def read(*results: Result, lang: str = "en") -> Any:
    """Export these results and read them with `junitparser`."""
    return pytest.importorskip("junitparser").JUnitXml.fromstring(exported(*results, lang=lang))


def hold_to_the_schemas(document: bytes) -> None:
    """Check a document by both JUnit schemas.

    They are JUnit.xsd (Ant) and junit-10.xsd (Jenkins), restated for the elements used here.
    """
    root = ET.fromstring(document)
    assert (root.tag, root.attrib) == ("testsuites", {})
    for number, suite in enumerate(root):
        order = [child.tag for child in suite]
        assert order == ["properties", *["testcase"] * (len(order) - 3), "system-out", "system-err"]
        assert suite.attrib.keys() == {
            *("name", "package", "id", "timestamp", "hostname", "time"),
            *("tests", "failures", "errors", "skipped"),
        }
        assert suite.attrib["id"] == str(number)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert all(re.fullmatch(r"\d+(\.\d+)?", element.attrib["time"]) for element in suite.iter("testcase"))
        for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped"), ("testcase", "tests")):
            assert len(list(suite.iter(tag))) == int(suite.attrib[count])
        for case in suite.iter("testcase"):
            assert case.attrib.keys() == {"name", "classname", "time"}
            assert len(case) <= 1
            for found in case:
                assert found.attrib.keys() == ({"message"} if found.tag == "skipped" else {"type", "message"})
        for element in (suite, *suite.iter("testcase"), *suite.iter("property")):
            assert element.attrib["name"] == " ".join(element.attrib["name"].split()) != ""


def test_each_status_has_its_element() -> None:
    """Each status has its element.

    A wrong answer is a failure, an unfinished test an error, and a blocked test is skipped.
    """
    (suite,) = read(MIXED)
    kinds = {f"{case.classname}/{case.name}": [type(found).__name__ for found in case.result] for case in suite}
    assert kinds == {
        "structure/loads": [],
        "structure/output-shape": ["Failure"],
        "training/runs": ["Error"],
        "training/device": ["Error"],
        "training/epochs": ["Error"],
        "accuracy/target": ["Skipped"],
    }
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (6, 1, 3, 1)


def test_a_suite_for_each_submission_valid_for_both_schemas() -> None:
    """Each submission has a suite, valid for both schemas.

    After a grader fault one case says so, and no score is named.
    """
    hold_to_the_schemas(exported(MIXED, BROKEN))
    bob, carol = read(MIXED, BROKEN)
    assert (bob.name, carol.name) == ("bob", "carol")
    ((case,), score) = list(carol), {one.name: one.value for one in carol.properties()}["score"]
    assert (case.classname, case.result[0].message, score) == ("grader", "disk full", "")


def test_the_score_is_what_a_person_has_made_of_it() -> None:
    """The score counts adjustments, as in every grade book."""
    adjusted = replace(MIXED, adjustments=(Adjustment("training/epochs", points=15.0),))
    values = {one.name: one.value for suite in read(adjusted) for one in suite.properties()}
    assert values["score"] == "37.5"


def test_messages_are_in_the_language_asked_for() -> None:
    """Messages are in the language asked for. Names stay, since a dashboard follows a test by its name."""
    english, russian = ([case for suite in read(MIXED, lang=lang) for case in suite] for lang in ("en", "ru"))
    assert [case.name for case in english] == [case.name for case in russian]
    assert english[2].result[0].message.startswith("train")
    assert re.search("[а-яё]", russian[2].result[0].message)


@pytest.mark.parametrize(
    "text", [*HOSTILE, "]]>", "\x00\x0b\ufffe\uffff\ud800", "<failure/>", "[[ATTACHMENT|/etc/passwd]]"]
)
def test_strangers_text_stays_text(text: str) -> None:
    """Hostile text stays text. The document is well-formed and has the same elements as without."""
    plain = ET.fromstring(exported(make_hostile("x", MIXED)))
    document = exported(make_hostile(text, MIXED))
    hold_to_the_schemas(document)
    assert [element.tag for element in ET.fromstring(document).iter()] == [element.tag for element in plain.iter()]
    assert b"[[ATTACHMENT" not in document
    assert b"\x1b" not in document
