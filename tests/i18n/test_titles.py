"""Every hidden test has a title in every language."""

from __future__ import annotations

import pytest

from grader.i18n import LANGUAGES, messages
from grader.judge.collect import collect


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_test_has_a_title_of_its_own(language: str) -> None:
    """Each hidden test has one title, different from all others.

    Titles are short and without markup, and none is left over.
    """
    titles = {hint: text for hint, text in messages(language).items() if hint.startswith("title/")}
    assert set(titles) == {f"title/{test}" for test in collect()}
    assert len(set(titles.values())) == len(titles)
    for hint, text in titles.items():
        assert 5 <= len(text) <= 55, hint
        assert not set("`*_<>[]{}") & set(text.replace("n_epochs", "")), hint
        assert not text.endswith("."), hint
