"""Tests of `grader export moodle` and `moodle-feedback`. Moodle's importers must read both."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cli import run
from grader.export.base import Files
from grader.export.moodle import MoodleExporter
from grader.model import Adjustment, Result
from tests.testing.importers import MoodleWords, moodle_feedback_import, moodle_import
from tests.testing.results import HOSTILE, make_hostile
from tests.testing.stored import faulty, graded, options_of, stored

ENGLISH = MoodleWords("Identifier", "Grade", "Last modified (grade)", "Participant ", "Feedback comments")
RUSSIAN = MoodleWords(
    "Идентификатор", "Оценка", "Последнее изменение (оценка)", "Участник", "Отзыв в виде комментария", ","
)
GERMAN = MoodleWords("ID", "Bewertung", "Zuletzt geändert (Bewertung)", "Teilnehmer/in", "Feedback als Kommentar", ",")
FRENCH = MoodleWords(
    "Identifiant", "Note", "Dernière modification (note)", "Participant", "Feedback par commentaires", ","
)
SPANISH = MoodleWords(
    "Identificador",
    "Calificación",
    "Última modificación (calificación)",
    "Participante",
    "Comentarios de retroalimentación",
    ",",
)
ENGLISH_SHEET = (  # written by PHP's fputcsv, which quotes texts with a space
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 1001","Ann ""A"" Lee",ann@example.org,"Submitted for grading - Graded",55.00,100.00,Yes,'
    '"Sunday, 2 November 2025, 9:00 AM","Monday, 3 November 2025, 9:00 AM",\n'
    '"Participant 1002","Bob Smith",bob@example.org,"Submitted for grading",,100.00,Yes,'
    '"Sunday, 2 November 2025, 9:05 AM",-,\n'
    '"Participant 1003","Мария Иванова",masha@example.org,"Submitted for grading",40.00,100.00,No,'
    '"Sunday, 2 November 2025, 9:06 AM",-,"seen by me"\n'
    '"Participant 1004","Zoe Quill",zoe@example.org,"No submission",,100.00,Yes,-,-,\n'
)
RUSSIAN_SHEET = (
    "\ufeff"
    'Идентификатор,"Полное имя","Адрес электронной почты",Статус,Оценка,"Максимальная оценка",'
    '"Оценка может быть изменена","Последнее изменение (ответ)","Последнее изменение (оценка)",'
    '"Отзыв в виде комментария"\n'
    'Участник1001,"Ann Lee",ann@example.org,"Ответы для оценки",,"100,00",Да,"воскресенье, 2 ноября 2025, 09:00",-,\n'
    'Участник1002,"Bob Smith",bob@example.org,"Ответы для оценки",,"100,00",Да,-,-,\n'
    'Участник1003,"Мария Иванова",masha@example.org,"Ответы для оценки",,"100,00",Нет,-,-,\n'
    'Участник1004,"Zoe Quill",zoe@example.org,"Нет ответа",,"100,00",Да,-,-,\n'
)
GERMAN_SHEET = (
    'ID,"Vollständiger Name",ID-Nummer,E-Mail-Adresse,Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",'
    '"Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)","Feedback als Kommentar"\n'
    'Teilnehmer/in1001,"Ann Lee",7001,ann@example.org,"Zur Bewertung abgegeben","13,50","24,00",Ja,'
    '"Mittwoch, 13. März 2024, 10:15","Mittwoch, 13. März 2024, 19:59",\n'
    'Teilnehmer/in1002,"Bob Smith",7002,bob@example.org,"Zur Bewertung abgegeben",,"24,00",Ja,-,-,\n'
    'Teilnehmer/in1003,"Мария Иванова",7003,masha@example.org,"Zur Bewertung abgegeben",,"24,00",Nein,-,-,\n'
)
FRENCH_SHEET = (
    'Identifiant,"Nom complet","Adresse de courriel",Statut,Note,"Note maximale","La note peut être modifiée",'
    '"Dernière modification (travail remis)","Dernière modification (note)","Feedback par commentaires"\n'
    'Participant1001,"Ann Lee",ann@example.org,"Remis pour évaluation",,"20,00",Oui,-,-,\n'
    'Participant1002,"Bob Smith",bob@example.org,"Remis pour évaluation",,"20,00",Oui,-,-,\n'
    'Participant1003,"Мария Иванова",masha@example.org,"Remis pour évaluation",,"20,00",Non,-,-,\n'
)
SPANISH_SHEET = (
    'Identificador;"Nombre completo";"Dirección de correo";Estado;Calificación;"Calificación máxima";'
    '"La calificación puede ser cambiada";"Última modificación (entrega)";"Última modificación (calificación)";'
    '"Comentarios de retroalimentación"\n'
    'Participante1001;"Ann Lee";ann@example.org;Enviado;;10,00;Sí;-;-;\n'
    'Participante1002;"Bob Smith";bob@example.org;Enviado;;10,00;Sí;-;-;\n'
    'Participante1003;"Мария Иванова";masha@example.org;Enviado;;10,00;No;-;-;\n'
)
SHEETS = {
    "en": (ENGLISH_SHEET, ENGLISH, 100.0, ","),
    "ru": (RUSSIAN_SHEET, RUSSIAN, 100.0, ","),
    "de": (GERMAN_SHEET, GERMAN, 24.0, ","),
    "fr": (FRENCH_SHEET, FRENCH, 20.0, ","),
    "es": (SPANISH_SHEET, SPANISH, 10.0, ";"),
}
EVERYBODY = frozenset({1001, 1002, 1003, 1004})


def upload(name: str, number: int, score: float, end: str = "_file_") -> Result:
    """A result for a submission downloaded from Moodle."""
    entry = f"{name}_{number}_assignsubmission{end}"
    return graded(f"{name}_{number}", score, {"id": str(number), "name": name}, entry)


ANN, BOB, MASHA = (
    upload("Ann Lee", 1001, 87.5),
    upload("Bob Smith", 1002, 100),
    upload("Мария Иванова", 1003, 50, "_file"),
)

Fill = Callable[..., tuple[int, str, list[str]]]


@pytest.fixture
def fill(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Fill:
    """Fill a Moodle worksheet with results. Returns the exit code, the file ("" for none) and the lines on stderr."""

    def filled(book: str | bytes, *results: Result, options: tuple[str, ...] = ()) -> tuple[int, str, list[str]]:
        out, made = stored(tmp_path / "grades", *results), tmp_path / "filled.csv"
        path = tmp_path / "sheet.csv"
        path.write_bytes(book if isinstance(book, bytes) else book.encode())
        code = run(["export", "moodle", str(out), "--gradebook", str(path), "-o", str(made), *options])
        content = made.read_bytes().decode() if made.exists() else ""
        return code, content, [line.removeprefix("grader: ") for line in capfd.readouterr().err.splitlines()]

    return filled


@pytest.mark.parametrize("language", SHEETS)
def test_a_worksheet_in_any_language_comes_back_filled(fill: Fill, language: str) -> None:
    """A worksheet in any language comes back filled.

    Moodle reads every grade on the assignment's scale; a locked grade stays, and a message says so.
    """
    sheet, words, most, delimiter = SHEETS[language]
    code, filled, said = fill(sheet, ANN, BOB, MASHA)
    done = moodle_import(filled.encode(), words, EVERYBODY, most, delimiter=delimiter, locked=frozenset({1003}))
    assert {number: done.grades[number] for number in (1001, 1002)} == {
        1001: pytest.approx(0.875 * most, abs=0.005),
        1002: most,
    }
    assert code == 1
    assert said[0] == "Мария Иванова_1003: the platform does not let this grade be changed; left as it was"
    assert any(line.startswith("points are scaled from 100 to the ") for line in said) == (most != 100)
    before, after = (text.split("\n") for text in (sheet, filled))
    assert [line for line in before if "1001" not in line and "1002" not in line] == [
        line for line in after if "1001" not in line and "1002" not in line
    ]


def test_only_grades_change(fill: Fill) -> None:
    """Only grades change, byte for byte. PHP's quotes and a comma in a date stay."""
    code, filled, said = fill(ENGLISH_SHEET, ANN, BOB)
    assert code == 0
    assert filled == ENGLISH_SHEET.replace('Graded",55.00,', 'Graded",87.5,').replace(
        'grading",,100', 'grading",100,100'
    )
    assert said == [
        "without a submission: 2, left as they were (--missing 0 fills them)",
        "grades into “Grade”: 2, 1 of them in place of another",
    ]


def test_a_locked_grade_that_would_be_the_same_is_no_trouble(fill: Fill) -> None:
    """A locked grade that stays the same causes no message. `40.00` stays as it is written."""
    code, filled, said = fill(ENGLISH_SHEET, upload("Мария Иванова", 1003, 40))
    assert (code, filled) == (0, ENGLISH_SHEET)
    assert not any("does not let" in line for line in said)


def test_missing_spares_what_is_locked(fill: Fill) -> None:
    """`--missing` spares locked grades. Its points are on the scale of the assignment."""
    sheet = GERMAN_SHEET
    _, filled, said = fill(sheet, ANN, options=("--missing", "25"))
    assert moodle_import(filled.encode(), GERMAN, EVERYBODY, 24).grades == {1001: 21.0, 1002: 6.0}
    assert "without a submission: 1, who get 6 each" in said


def test_people_are_found_by_whatever_the_sheet_says(fill: Fill) -> None:
    """People are found by address, ID number or name. The address may stand under an unknown heading."""
    results = [
        graded("x", 10, {"email": "ANN@example.org"}),
        graded("y", 20, {"id": "7002"}),
        graded("z", 30, {"name": "Иванова Мария"}),
    ]
    sheet = GERMAN_SHEET.replace("E-Mail-Adresse", "Wohin").replace("Nein", "Ja")
    code, filled, _ = fill(sheet, *results)
    assert code == 0
    assert moodle_import(filled.encode(), GERMAN, EVERYBODY, 24).grades == {1001: 2.4, 1002: 4.8, 1003: 7.2}


def test_a_blind_worksheet_knows_numbers_alone(fill: Fill) -> None:
    """A blind worksheet is filled by participant numbers. It has no names."""
    blind = 'Identifier,Status,Grade,"Maximum Grade","Last modified (grade)"\n"Participant 17",Submitted,,100.00,-\n'
    code, filled, _ = fill(blind, upload("Participant", 17, 60))
    assert (code, filled) == (0, blind.replace("Submitted,,", "Submitted,60,"))


def test_a_number_of_another_platform_is_no_participant(fill: Fill) -> None:
    """A number of another platform is no participant. Canvas's 1002 is somebody else, and the name decides."""
    result = graded("leeann_1002", 60, {"id": "1002", "name": "A Ann Lee"}, "leeann_1002_67999_hw.zip")
    _, filled, _ = fill(ENGLISH_SHEET, result)
    grades = moodle_import(filled.encode(), ENGLISH, EVERYBODY, 100).grades
    assert (grades[1001], grades.get(1002)) == (60.0, None)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_comments_are_filled_in_where_there_is_none(fill: Fill, language: str) -> None:
    """Empty comments are filled in, in the language asked for.

    They say what to repair first; a person's comment stays.
    """
    sheet = ENGLISH_SHEET.replace("100.00,No", "100.00,Yes")
    _, filled, said = fill(sheet, ANN, BOB, MASHA, options=("--feedback", "--lang", language))
    comments = moodle_import(filled.encode(), ENGLISH, EVERYBODY, 100).comments
    assert comments[1003] == "seen by me"
    assert ("Every" if language == "en" else "Все") in comments[1002]
    assert len(comments[1001]) > 20
    assert any("а" <= letter <= "я" for letter in comments[1001]) == (language == "ru")
    assert "existing comments kept: 1" in said
    assert "feedback" not in fill(sheet, ANN)[1].split("\n", 1)[1]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_comment_is_a_formula_or_html(text: str) -> None:
    """No comment is a formula or HTML. Its text may come from a program or from a person."""
    result = replace(
        make_hostile(text, ANN), identity=ANN.identity, adjustments=(Adjustment(comment=text),), fault=None
    )
    options = options_of(MoodleExporter(), ENGLISH_SHEET, "--feedback")
    (content,) = MoodleExporter().export([result], options).values()
    comment = moodle_import(content, ENGLISH, EVERYBODY, 100).comments[1001]
    assert comment.isprintable()
    assert not comment.startswith(("=", "+", "-", "@"))
    assert not {"<", ">", ";"} & set(comment)


def test_an_excuse_is_left_to_the_teacher() -> None:
    """An excuse is left to the teacher. A worksheet cannot say it, and nothing else is wrong."""
    excused = replace(BOB, adjustments=(Adjustment(excused=True),))
    exporter = MoodleExporter()
    files = exporter.export(
        [excused, faulty("x", ANN.identity.student, ANN.identity.entry)], options_of(exporter, ENGLISH_SHEET)
    )
    assert isinstance(files, Files)
    assert files["book.csv"].decode() == ENGLISH_SHEET
    assert files.notes[:2] == (
        "Bob Smith_1002: excused, which this file cannot say; left as it was",
        "x: there is no grade, as the grader failed on it; left as it was",
    )
    assert isinstance(alone := exporter.export([excused], options_of(exporter, ENGLISH_SHEET)), Files)
    assert alone.is_whole


def test_points_above_the_maximum_are_told() -> None:
    """Points above the maximum are reported. Moodle would skip them in silence."""
    more = replace(BOB, adjustments=(Adjustment(points=5, relative=True),))
    files = MoodleExporter().export([more], options_of(MoodleExporter(), ENGLISH_SHEET))
    assert isinstance(files, Files)
    assert "above the 100 points of book.csv: Bob Smith_1002; the platform ignores such grades" in files.notes
    assert not files.is_whole
    assert moodle_import(files["book.csv"], ENGLISH, EVERYBODY, 100).skipped[1002] == "out of range"


@pytest.mark.parametrize(
    ("sheet", "options", "said"),
    [
        ("name,email\nAnn,a@b\n", (), "sheet.csv is not a Moodle grading worksheet (no column with `Participant 123`"),
        ("", (), "is not a Moodle grading worksheet"),
        (ENGLISH_SHEET.replace('"Maximum Grade"', "Scale"), (), "the assignment is graded by a scale"),
        (
            ENGLISH_SHEET.replace("Grade,", "Hinne,"),
            (),
            "is not known in this language; name it with --column (Identifier;",
        ),
        (ENGLISH_SHEET, ("--column", "x"), "--column x: no column of sheet.csv has this name"),
        (ENGLISH_SHEET.replace("Feedback comments", "x"), ("--feedback",), "sheet.csv has no column for comments"),
    ],
)
def test_wrong_usage_is_one_line(fill: Fill, sheet: str, options: tuple[str, ...], said: str) -> None:
    """Wrong usage is told in one line, and nothing is written. The line says what to do."""
    code, filled, lines = fill(sheet, ANN, options=options)
    assert (code, filled) == (2, "")
    (line,) = lines
    assert said in line


def test_a_language_that_is_not_known(fill: Fill) -> None:
    """A worksheet in an unknown language can be filled.

    `--column` names its column, and each line has the maximum beside it.
    """
    sheet = ENGLISH_SHEET.replace(",Grade,", ",Hinne,").replace("Maximum Grade", "Maksimum").replace("100.00", "50.00")
    code, filled, said = fill(sheet, ANN, options=("--column", "hinne"))
    assert code == 0
    assert ",43.75,50.00," in filled
    assert "points are scaled from 100 to the 50 of sheet.csv" in said


# tests of the zip with feedback files


def packed(tmp_path: Path, capfd: pytest.CaptureFixture[str], *results: Result) -> tuple[int, bytes, list[str]]:
    """Export the feedback. Returns the exit code, the zip and the lines on stderr."""
    out, made = stored(tmp_path / "grades", *results), tmp_path / "feedback.zip"
    code = run(["export", "moodle-feedback", str(out), "-o", str(made)])
    return code, made.read_bytes() if made.exists() else b"", capfd.readouterr().err.splitlines()


def test_everybody_s_feedback_in_the_folders_of_their_submissions(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Everybody's feedback is in the folder of their submission.

    Moodle may have packed it in any way, and hands out each file as `feedback.md`.
    """
    results = [
        ANN,
        MASHA,
        upload("Bob_the_Great", 1002, 1, "_file_hw_2.zip"),
        upload("../~Zoe", 1004, 2, "_onlinetext_"),
    ]
    code, content, said = packed(tmp_path, capfd, *results)
    assert (code, said) == (0, [])
    found = moodle_feedback_import(content, EVERYBODY)
    assert {number: [name.lstrip("/") for name in files] for number, files in found.items()} == {
        number: ["feedback.md"] for number in EVERYBODY
    }
    assert found[1001].popitem()[1].decode().startswith("# ")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "Ann Lee_1001_assignsubmission_file_/feedback.md" in archive.namelist()
        assert all(".." not in name and not name.startswith(("/", "~", ".")) for name in archive.namelist())
    assert packed(tmp_path, capfd, *results)[1] == content


def test_who_did_not_come_from_moodle_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever did not come from Moodle is reported. If that is everybody, it is wrong usage."""
    code, content, said = packed(tmp_path, capfd, ANN, graded("bob", 1, entry="bob.zip"))
    assert (code, len(moodle_feedback_import(content, EVERYBODY))) == (1, 1)
    assert said == ["grader: bob: did not come from Moodle, so it is not in the zip"]
    code, content, said = packed(tmp_path / "other", capfd, graded("bob", 1, entry="bob.zip"))
    assert (code, content, len(said)) == (2, b"", 1)


def test_a_zip_is_not_poured_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A zip is not printed on a terminal."""
    out = str(stored(tmp_path, ANN))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["export", "moodle-feedback", out]) == 2
    said = capfd.readouterr()
    assert (said.out, "name a file for it with -o" in said.err) == ("", True)
