"""Tests of turning ids and data into words. Whatever the data is, nothing is raised and nothing is interpreted."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader import i18n
from grader.errors import UsageError
from grader.i18n import translator

TOTAL = {"score": 87.5, "max_score": 100}


def test_placeholders_are_filled() -> None:
    """Placeholders are filled in each language's own words."""
    assert translator("en")("report/total", TOTAL) == "87.5 of 100 points"
    assert translator("ru")("report/total", TOTAL) == "Баллы: 87,5 из 100"


@pytest.mark.parametrize(
    ("n", "english", "russian"),
    [
        (1, "1 submission", "1 работа"),
        (2, "2 submissions", "2 работы"),
        (5, "5 submissions", "5 работ"),
        (11, "11 submissions", "11 работ"),
        (21, "21 submissions", "21 работа"),
        (112, "112 submissions", "112 работ"),
        (0, "0 submissions", "0 работ"),
    ],
)
def test_numbers_choose_the_form(n: int, english: str, russian: str) -> None:
    """Plural forms follow the rule of each language."""
    assert translator("en")("report/submissions", {"n": n}) == english
    assert translator("ru")("report/submissions", {"n": n}) == russian


def test_a_number_n_without_plural_forms_is_just_data() -> None:
    """Data named `n` is fine without plural forms."""
    assert translator("en")("report/passed", {"n": 3}) == "Passed."


@pytest.mark.parametrize(
    "hostile", ["{max_score}", "{score.__class__}", "{0}", "%(score)s", "%s", "\\1", "\\g<0>", "{"]
)
def test_data_is_never_a_format(hostile: str) -> None:
    """Data is shown as it stands. It may look like a placeholder, a format or a pattern."""
    assert translator("en")("report/total", {"score": hostile, "max_score": 5}) == f"{hostile} of 5 points"


def test_missing_data_leaves_its_placeholder() -> None:
    """A placeholder without data is left in the text."""
    assert translator("en")("report/total", {"score": 3}) == "3 of {max_score} points"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_an_unknown_id_shows_itself_and_its_data(language: str) -> None:
    """An unknown id is shown with its data."""
    assert translator(language)("no/such-thing", {"got": 3, "where": "net.py"}) == "no/such-thing got=3 where=net.py"


def test_what_russian_lacks_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that Russian lacks is shown in English. The bare id is only shown where English lacks it, too."""
    monkeypatch.delitem(i18n._catalogue("ru")._catalog, "report/total")  # type: ignore[attr-defined]
    assert translator("ru")("report/total", {"score": 87, "max_score": 100}) == "87 of 100 points"


def test_an_unknown_language_is_wrong_usage() -> None:
    """An unknown language is refused with the ones there are."""
    with pytest.raises(UsageError, match="no texts in 'de': choose one of en, ru"):
        translator("de")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (0.98765, "0.9877"),
        (12.3456, "12.35"),
        (1234.56, "1235"),
        (999.96, "1000"),
        (0.00012345, "0.0001234"),
        (1.5e-9, "1.5e-09"),
        (2.5e9, "2.5e+09"),
        (0.0, "0"),
        (-0.5, "-0.5"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (12345678, "12345678"),
        (None, "None"),
        (True, "True"),
    ],
)
def test_numbers_read_well(value: object, text: str) -> None:
    """Floats have four significant digits and no needless zeros. Everything else is written as Python does."""
    assert translator("en")("report/total", {"score": value, "max_score": ""}) == f"{text} of  points"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, "0,9877"),
        (1.5e-9, "1,5e-09"),
        (-0.5, "-0,5"),
        ("99.12", "99,12"),
        ("+0.25", "+0,25"),
        (3.0, "3"),
        ("net.py:3", "net.py:3"),
        ("0.1.2", "0.1.2"),
        ("1.5 s", "1.5 s"),
    ],
)
def test_russian_numbers_have_a_comma(value: object, text: str) -> None:
    """Russian numbers have a decimal comma.

    Numbers that a report has formatted before get one, too; other texts with a point do not.
    """
    assert translator("ru")("report/total", {"score": value, "max_score": 100}) == f"Баллы: {text} из 100"


def test_code_and_versions_keep_their_point() -> None:
    """Code and versions keep their point in Russian. Text between backticks is Python, and a version is no number."""
    decay = translator("ru")("objective/weight-decay", {"begin": 2.25, "end": 3.5, "decay": 0.5})
    assert "2,25 до, 3,5 после" in decay
    assert "`weight_decay=0.5`" in decay
    assert "Python 3.12 не может" in translator("ru")("structure/syntax-error", {"python": "3.12"})


VALUES = st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.none())


@settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["report/total", "report/submissions", "report/passed", "no/such", "", "{x}"]), st.data())
def test_nothing_is_ever_raised(hint: str, data: st.DataObject) -> None:
    """Any id with any data becomes text."""
    names = st.sampled_from(["score", "max_score", "n", "x"])
    values = data.draw(st.dictionaries(names, VALUES))
    for language in i18n.LANGUAGES:
        assert isinstance(translator(language)(hint, values), str)
