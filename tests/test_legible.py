"""Tests of showing strangers' text legibly.

Nothing in it stays invisible, and honest names of any script stay as they are.
"""

from __future__ import annotations

import time
import unicodedata
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.export.filling import comment
from grader.export.registry import EXPORTERS
from grader.i18n import LANGUAGES, translator
from grader.intake import discover, safe_name
from grader.intake.limits import Refused
from grader.intake.naming import shown
from grader.legible import legible
from grader.model import Identity, Metrics, Result
from grader.output import save_batch, save_result
from grader.report.line import finished
from grader.report.registry import IN_EVERY_LANGUAGE, OF_A_BATCH, OF_A_SUBMISSION
from grader.report.table import render_table
from grader.telling import tell
from tests.testing.handed_in import write_files
from tests.testing.results import PROVENANCE, echo, make_hostile
from tests.testing.stored import FOR_PLATFORMS

DETERMINED = settings(derandomize=True, deadline=None, database=None, max_examples=400)

RANGES = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
"""Code points that may be shown as nothing.

They are Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt.
"""
IGNORABLE = frozenset(chr(code) for first, last in RANGES for code in range(first, last + 1))
BLANK = frozenset("\u2800\U00013441\U00013442\U00016fe4\U0001d159")
JOINERS = frozenset("\u200c\u200d\ufe0f")
KEYS = tuple("0123456789#*")
MOST_MARKS = 5

HONEST = {
    "Russian": "Ёлкин Андрей",
    "Vietnamese": "Nguyễn Thị Ngọc Ặng",
    "Hindi": "श्रीमती प्रियंका कृष्णन क्ष",
    "Hindi, letters kept apart": "क्\u200dष राम",
    "Bengali": "শ্রীকান্ত র\u200c্যাব".replace("\u200c", ""),
    "Tamil": "ஸ்ரீநிவாசன்",
    "Malayalam": "ശ്രീകുമാർ",
    "Sinhala": "ශ්\u200dරී ලංකා",
    "Arabic": "مُحَمَّدٌ ٱلرَّحْمَٰنِ",
    "Persian": "علی\u200cرضا",
    "Urdu": "محمّد علی",
    "Hebrew": "שִׁ֣מְשׁוֹן בֶּן־יִשָּׂ֔כָר",
    "Syriac": "ܝܘܚܢܢ",
    "Thai": "น้ำผึ้ง กุ๊กไก่",
    "Lao": "ສຸກສັນ ພູມີ",
    "Burmese": "မြှုပ် လျှို့ဝှက် ကြောင့်",
    "Khmer": "ស្រីស្រស់ ក្រុម",
    "Tibetan": "བསྒྲུབས་ རྒྱལ་མཚན",
    "Korean": "김철수",
    "Japanese": "がギ 山田太郎",
    "Chinese": "李雷",
    "Greek": "Ἀλέξανδρος ᾳ̈́",
    "Yoruba": "Ọláyẹ́mi ẹ̀ṣọ́",
    "Lithuanian": "i̇́ Žemaitė",
    "Georgian": "გიორგი",
    "Emoji": "🎓 ❤\ufe0f 👩\u200d💻 👍🏽 1\ufe0f\u20e3 👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈",
}


@pytest.mark.parametrize("name", HONEST.values(), ids=HONEST.keys())
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_honest_names_are_unharmed(name: str, form: str) -> None:
    """Honest names are unharmed in every script. They may be composed or not, as macOS has them."""
    assert legible(unicodedata.normalize(form, name)) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", HONEST.values(), ids=HONEST.keys())
def test_honest_names_are_names_of_folders(name: str) -> None:
    """Honest names can name folders. All letters and marks stay; joiners and emoji may go."""
    kept = "".join(
        c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] in "LM" and c != "\ufe0f"
    )
    got = "".join(c for c in safe_name(unicodedata.normalize("NFD", name)) if unicodedata.category(c)[0] in "LM")
    assert got.replace("\u20e3", "") == kept.replace("\u20e3", "")


def complaints(text: str) -> set[str]:
    """Invisible characters and piles of marks in `text`. Joiners and selectors count where they join nothing."""
    unseen = (IGNORABLE - JOINERS) | BLANK
    used = set(text)
    found = {f"U+{ord(c):04X}" for c in used & unseen}
    found |= {f"U+{ord(c):04X}" for c in used - JOINERS if unicodedata.category(c) in ("Cf", "Cs", "Co", "Cn")}
    if text.isascii():
        return found
    before_joiner = {text[i - 1 : i] for i, c in enumerate(text) if c in JOINERS}
    found |= {f"after {c!r}" for c in before_joiner if c.isascii() and c not in KEYS}
    run = 0
    for before, character in zip(" " + text, text, strict=False):
        run = run + 1 if unicodedata.category(character)[0] == "M" else 0
        if run > MOST_MARKS or (run and before in " \n`"):
            found.add(f"{run} marks after {before!r}")
    return found


@DETERMINED
@example("a" + "\u0301" * 100)
@example("a" + "\u0301\u0316" * 50)
@example("1" + "\ufe0f\u20e3" * 50)
@example("क" + "्" * 7 + "\u200dष")
@example("\u0301a")
@example("\U0001f600" + "\ufe0f" * 3)
@given(
    st.one_of(
        st.text(st.characters(exclude_categories=())),
        st.text(st.sampled_from([*"aक्षا1#❤🎓 \u0301\u0316\u05b0\u20e3", *JOINERS, "\u034f", "\U000e0061", "\u2800"])),
    )
)
def test_any_text_becomes_legible_and_stays_so(text: str) -> None:
    """Any text becomes legible and stays so. It has nothing invisible and no piles, is NFC and one line."""
    plain = legible(text)
    assert complaints(plain.lstrip()) <= {""}
    assert plain == unicodedata.normalize("NFC", plain)
    assert legible(plain) == plain
    assert "\n" not in plain


@pytest.mark.parametrize("code", [code for first, last in RANGES for code in (first, last)])
def test_every_ignorable_character_goes(code: int) -> None:
    """Every ignorable character goes, alone or among letters."""
    assert legible(f"a{chr(code) * 3}b") == "ab"
    assert legible(chr(code)) == ""
    assert safe_name(f"a{chr(code)}b") == "ab"


def test_all_that_unicode_calls_a_format_goes() -> None:
    """All format characters of Unicode go. Those that only later versions of Python know do, too."""
    for code in range(0x110000):
        if unicodedata.category(chr(code)) == "Cf":
            assert legible(f"a{chr(code)}b") == "ab"


def test_signs_without_ink_are_spaces() -> None:
    """Signs without ink become spaces. A name of empty braille cells alone is no name."""
    assert legible("a\u2800b\u3000c\u00a0d") == "a b c d"
    assert safe_name("\u2800\u2800") == "submission"


def test_a_megabyte_of_marks_takes_no_time() -> None:
    """A megabyte of marks takes little time. Composing alone would take quadratic time."""
    begin = time.process_time()
    legible("a" + "\u0316\u0301" * 100_000)
    assert time.process_time() - begin < 5


INVISIBLE = "".join(chr(code) for each in RANGES for code in each)
TRICKS = {
    "invisible": f"a{INVISIBLE}b",
    "blank": "a" + "".join(sorted(BLANK)) + "b",
    "tags": "a" + "".join(map(chr, range(0xE0020, 0xE007F))) + "b",
    "pile": "a" + "\u0301\u0316\u0489" * 40,
    "pile on nothing": "\u0301" * 20 + "a",
    "pile of a script": "ك" + "\u064b\u064c\u064d\u0651" * 20,
    "keycaps": "1" + "\ufe0f\u20e3" * 20,
    "selectors": "a" + "".join(map(chr, range(0xFE00, 0xFE10))) + "".join(map(chr, range(0xE0100, 0xE01F0))) + "b",
    "directions": "a\u202egnp.exe\u2066b\u2069\u061c\u200f",
}


@pytest.fixture
def result(request: pytest.FixtureRequest) -> Result:
    """A result with tricks wherever a submission can write."""
    base = Result(Identity("x"), "failed", 1.0, 2.0, tests=(), metrics=Metrics(), provenance=PROVENANCE)
    return make_hostile(TRICKS[request.param], base)


def of_files(result: Result, folder: Path) -> list[str]:
    """Texts of all files in an output folder."""
    named = replace(result, identity=replace(result.identity, name="alice"))
    for language in LANGUAGES:
        save_result(folder, named, translator(language))
        save_batch(folder, [named, named], translator(language))
    return [path.read_text("utf-8-sig") for path in folder.rglob("*") if path.is_file()]


def of_renderers(result: Result, _folder: Path) -> list[str]:
    """Texts of every renderer. Data without a place in the catalogue is shown, too."""
    one = [*IN_EVERY_LANGUAGE.values(), *OF_A_SUBMISSION.values()]
    made = [render(result, echo) for render in one] + [render([result, result], echo) for render in OF_A_BATCH.values()]
    return [content.decode("utf-8-sig") for content in made]


def of_the_terminal(result: Result, _folder: Path) -> list[str]:
    """Texts on the terminal: both tables and the progress line."""
    words = [*map(translator, LANGUAGES), echo]
    tables = [render_table(results, say) for say in words for results in ([result], [result, result])]
    return tables + [finished(each, echo) for each in (result, replace(result, fault=None))]


def of_exporters(result: Result, _folder: Path) -> list[str]:
    """Texts that go to other systems."""
    exported = []
    for name, load in EXPORTERS.items():
        if name not in FOR_PLATFORMS and name != "classroom50":  # it needs more of a result, and has a test of this
            parser = ArgumentParser()
            load().add_arguments(parser)
            exported.append(load().export([result], parser.parse_args([])))
    comments = [comment(result, say) for say in (*map(translator, LANGUAGES), echo)]
    return comments + [content.decode("utf-8-sig") for files in exported for content in files.values()]


@pytest.mark.parametrize("result", TRICKS, indirect=True)
@pytest.mark.parametrize(
    "outlet", [of_files, of_renderers, of_the_terminal, of_exporters], ids=lambda one: one.__name__
)
def test_no_outlet_lets_it_through(result: Result, outlet: Callable[[Result, Path], list[str]], tmp_path: Path) -> None:
    """No output shows a trick. That is feedback, JSON, tables, overview, notes for staff, and exports."""
    for text in outlet(result, tmp_path):
        assert complaints(text.removeprefix("\ufeff")) == set(), text


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
def test_no_error_line_lets_it_through(trick: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No error line shows a trick. Names in messages and of folders are tried, and stderr."""
    tell(f"grader: {trick}\nnext line")
    (line, following) = capsys.readouterr().err.splitlines()
    assert complaints(line) == set()
    assert following == "next line"
    for text in (shown(trick), safe_name(trick), str(Refused("intake/link", file=trick).problem.data["file"])):
        assert complaints(text) == set()
    name = trick.encode()[:200].decode(errors="ignore")
    write_files(tmp_path / "batch" / name, {"x.txt": ""})
    write_files(tmp_path / "batch" / "other", {"x.txt": ""})
    for submission in discover([tmp_path / "batch"]):
        assert complaints(submission.name) == set()
        assert complaints(submission.identity.entry) == set()
    with pytest.raises(UsageError) as raised:
        discover([tmp_path / name / "missing"])
    assert complaints(str(raised.value)) == set()
