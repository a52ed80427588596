"""Tests of bulk downloads. They show whose work an entry is, and which of several attempts counts."""

from __future__ import annotations

import io
import os
import stat
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake import IntakeLimits, discover
from grader.model import Submission
from tests.testing.handed_in import IN_STUDENT, MODULES, notebook_bytes, tar_bytes, write_files, write_zip

AS_BYTES = {name: text.encode() for name, text in MODULES.items()}


def zip_bytes() -> bytes:
    """A zip of the package, as bytes."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, text in IN_STUDENT.items():
            archive.writestr(name, text)
    return raw.getvalue()


def by_name(batch: Path) -> dict[str, Submission]:
    """The submissions of a batch by name."""
    return {submission.name: submission for submission in discover([batch])}


@pytest.mark.parametrize("end", ["_file", "_file_"])
def test_moodle_folders(tmp_path: Path, end: str) -> None:
    """Moodle's folders give name and number. Files, an archive or a notebook lie inside."""
    write_files(tmp_path / f"Иванова Мария_1001_assignsubmission{end}")
    write_zip(tmp_path / f"Ann O'Neil_1002_assignsubmission{end}" / "hw.zip")
    write_files(tmp_path / f"Participant_17_assignsubmission{end}", {"hw.ipynb": notebook_bytes("class Net: ...")})
    found = by_name(tmp_path)
    assert list(found) == ["Ann O'Neil_1002", "Participant_17", "Иванова Мария_1001"]
    assert found["Иванова Мария_1001"].identity.student == {"id": "1001", "name": "Иванова Мария"}
    assert all(submission.problem is None for submission in found.values())


def test_moodle_text_is_no_attempt_beside_a_file(tmp_path: Path) -> None:
    """A Moodle text beside a file is no attempt. Alone it is what was handed in, and fails."""
    write_files(tmp_path / "Ann_1_assignsubmission_file_")
    for person in ("Ann_1", "Ben_2"):
        write_files(tmp_path / f"{person}_assignsubmission_onlinetext_", {"onlinetext.html": "hello"})
    found = by_name(tmp_path)
    assert found["Ann_1"].files == AS_BYTES
    assert found["Ann_1"].identity.earlier_attempts == ()
    assert found["Ben_2"].problem is not None
    assert found["Ben_2"].problem.data == {"found": "onlinetext.html"}


def test_moodle_without_folders(tmp_path: Path) -> None:
    """Moodle's files without folders are grouped by person. A person's modules are one submission."""
    for name, text in MODULES.items():
        (tmp_path / f"Ann Lee_7_assignsubmission_file_{name}").write_text(text)
    write_zip(tmp_path / "Ben_8_assignsubmission_file_hw.zip")
    found = by_name(tmp_path)
    assert found["Ann Lee_7"].files == AS_BYTES
    assert found["Ann Lee_7"].identity.earlier_attempts == ()
    assert found["Ben_8"].files == AS_BYTES


def test_canvas_takes_the_latest_attempt(tmp_path: Path) -> None:
    """Canvas's latest attempt is graded. Earlier ones are listed; the attachment's number tells the order."""
    write_zip(tmp_path / "leeann_12345_67890_hw.zip", {"net.py": "old"})
    write_zip(tmp_path / "leeann_LATE_12345_67999_hw-2.zip")
    write_zip(tmp_path / "leeann_12345_67950_hw-1.zip", {"net.py": "older"})
    write_zip(tmp_path / "smithbob_LATE_12346_67001_final.zip")
    found = by_name(tmp_path)
    assert list(found) == ["leeann_12345", "smithbob_12346"]
    assert found["leeann_12345"].files == AS_BYTES
    assert found["leeann_12345"].identity.student == {"id": "12345", "name": "leeann"}
    assert found["leeann_12345"].origin.name == "leeann_LATE_12345_67999_hw-2.zip"
    assert found["leeann_12345"].identity.earlier_attempts == (
        "leeann_12345_67890_hw.zip",
        "leeann_12345_67950_hw-1.zip",
    )
    assert found["smithbob_12346"].identity.earlier_attempts == ()


def test_canvas_modules_one_by_one(tmp_path: Path) -> None:
    """Modules uploaded to Canvas one by one make one submission.

    Each is the latest version, whatever number Canvas put behind its name.
    """
    for number, (name, text) in enumerate(MODULES.items()):
        (tmp_path / f"leeann_12345_6789{number}_{name}").write_text(text)
    (tmp_path / "leeann_12345_67899_net-1.py").write_text("newer")
    (tmp_path / "leeann_12345_67898_report.pdf").write_bytes(b"%PDF")
    (submission,) = discover([tmp_path])
    assert submission.files == {**AS_BYTES, "net.py": b"newer"}
    assert submission.identity.earlier_attempts == ("leeann_12345_67890_net.py",)


def test_canvas_modules_without_net_are_refused(tmp_path: Path) -> None:
    """Canvas modules without `net.py` are refused. The message lists what was handed in."""
    (tmp_path / "leeann_12345_67890_training.py").write_text("")
    (submission,) = discover([tmp_path])
    assert submission.problem is not None
    assert (submission.problem.hint, submission.problem.data) == ("intake/no-net", {"found": "training.py"})


def test_files_that_are_no_submission_are_named_together(tmp_path: Path) -> None:
    """Files that are no submission are named together.

    A student who handed in a report and a picture is told of both.
    """
    for name in ("leeann_12345_67890_report.pdf", "leeann_12345_67891_plot.png"):
        (tmp_path / name).touch()
    (submission,) = discover([tmp_path])
    assert submission.problem is not None
    assert (submission.problem.hint, submission.problem.data) == ("intake/no-net", {"found": "report.pdf, plot.png"})


def test_data_beside_loose_modules_comes_along(tmp_path: Path) -> None:
    """Data beside loose modules is kept, as in a folder.

    A report is left out, and a notebook beside the modules is no second work.
    """
    for name, text in {**MODULES, "config.json": "{}", "report.pdf": "", "try.ipynb": "{}"}.items():
        (tmp_path / f"Ann Lee_7_assignsubmission_file_{name}").write_text(text)
    (submission,) = discover([tmp_path])
    assert submission.files == {**AS_BYTES, "config.json": b"{}"}
    assert submission.identity.earlier_attempts == ()


def test_canvas_text_entries_and_anonymous_files(tmp_path: Path) -> None:
    """Canvas's text entries and anonymous names are understood.

    A text is no attempt beside an archive; an anonymous name has a code in place of the person.
    """
    (tmp_path / "leeann_12345_text.html").write_text("hello")
    write_zip(tmp_path / "leeann_12345_67890_hw.zip")
    write_zip(tmp_path / "anon_aB3xY_67891_hw.zip")
    found = by_name(tmp_path)
    assert list(found) == ["anon_aB3xY", "leeann_12345"]
    assert found["anon_aB3xY"].identity.student == {"id": "aB3xY"}
    assert found["leeann_12345"].identity.earlier_attempts == ()


@pytest.mark.parametrize(
    "names",
    [
        ["hw_2025_1105_ann.zip", "hw_2025_1106_bob.zip"],
        ["ann_2025_1105_hw.zip", "bob_2025_1106_hw.zip"],
        ["hw_2025_1105_v.zip", "hw_2025_1105_v.tgz"],
        ["anon_hw1_1105_ann.zip", "anon_hw1_1106_bob.zip"],
        ["mnist_1_1_ann.zip", "mnist_1_1_bob.zip"],
        ["hw_2025_1105_ann.zip", "hw_2025_1106_bob.zip", "hw_2026_1107_cid.zip", "hw_2026_1108_dan.zip"],
    ],
)
def test_names_that_only_look_like_canvas_are_never_merged(tmp_path: Path, names: list[str]) -> None:
    """Names that only look like Canvas's are never merged.

    Then every file stands for itself, so two people's work never becomes one submission.
    """
    for name in names:
        write_zip(tmp_path / name) if name.endswith(".zip") else (tmp_path / name).touch()
    found = discover([tmp_path])
    assert len(found) == len(names)
    assert all(not submission.identity.student and not submission.identity.earlier_attempts for submission in found)


def test_blackboard_attempts(tmp_path: Path) -> None:
    """Blackboard's latest attempt is graded, by its time. The platform's text file about an attempt is none itself."""
    write_zip(tmp_path / "HW 3_alee1_attempt_2025-11-02-09-00-00_hw.zip", {"net.py": "old"})
    write_zip(tmp_path / "HW 3_alee1_attempt_2025-11-03-10-30-00_final.zip")
    (tmp_path / "HW 3_alee1_attempt_2025-11-04-10-30-00.txt").write_text("Name: Ann Lee")
    write_zip(tmp_path / "HW 3_bob_attempt_2025-11-02-09-00-00_hw.zip")
    found = by_name(tmp_path)
    assert list(found) == ["alee1", "bob"]
    assert (found["alee1"].identity.student, found["alee1"].files) == ({"id": "alee1"}, AS_BYTES)
    assert found["alee1"].identity.earlier_attempts == ("HW 3_alee1_attempt_2025-11-02-09-00-00_hw.zip",)


def test_blackboard_user_names_may_hold_underscores(tmp_path: Path) -> None:
    """Blackboard user names may hold underscores.

    `john_doe` and `jane_doe` are two people, and neither is called `doe`.
    """
    for user in ("john_doe", "jane_doe", "zoe"):
        write_zip(tmp_path / f"HW_3_{user}_attempt_2025-11-02-09-00-00_hw.zip", {"net.py": user})
    found = by_name(tmp_path)
    assert {name: one.identity.student for name, one in found.items()} == {
        name: {"id": name} for name in ("jane_doe", "john_doe", "zoe")
    }
    assert [one.files["net.py"].decode() for one in found.values()] == list(found)


def test_blackboard_assignments_in_one_folder_are_not_merged(tmp_path: Path) -> None:
    """Blackboard assignments in one folder are not merged.

    Without a common assignment name the user name is unknown, and nothing is guessed.
    """
    for who in ("HW 1_ann", "Project_ann", "HW 1_bob"):
        write_zip(tmp_path / f"{who}_attempt_2025-11-02-09-00-00_hw.zip")
    found = by_name(tmp_path)
    assert {name: one.identity.student for name, one in found.items()} == {
        "HW 1_ann": {},
        "HW 1_bob": {},
        "Project_ann": {},
    }


def test_blackboard_takes_one_attempt_whole(tmp_path: Path) -> None:
    """A Blackboard attempt is taken alone. Modules of an earlier attempt do not fill its gaps; they are listed."""
    for name, text in MODULES.items():
        (tmp_path / f"HW_ann_attempt_2025-11-02-09-00-00_{name}").write_text(text)
    (tmp_path / "HW_ann_attempt_2025-11-03-09-00-00_net.py").write_text("newer")
    (submission,) = discover([tmp_path])
    assert submission.files == {"net.py": b"newer"}
    assert len(submission.identity.earlier_attempts) == 3


def test_a_file_named_like_another_person_s_upload_stays_its_author_s(tmp_path: Path) -> None:
    """A forged file name does not change the owner.

    Only what the platform puts in front counts, even before a line break.
    """
    forged = ("x_102_assignsubmission_file_hw.zip", "x\n_102_assignsubmission_file_hw.zip")
    for name in forged:
        write_zip(tmp_path / "moodle" / f"Eve_101_assignsubmission_file_{name}")
    write_zip(tmp_path / "moodle" / "Ann_102_assignsubmission_file_hw.zip")
    assert {name: one.identity.student["id"] for name, one in by_name(tmp_path / "moodle").items()} == {
        "Ann_102": "102",
        "Eve_101": "101",
    }
    write_zip(tmp_path / "blackboard" / "HW_ann_attempt_2025-11-02-09-00-00_hw.zip")
    write_zip(tmp_path / "blackboard" / "HW_eve_attempt_2025-11-02-09-00-00_HW_ann_attempt_2026-11-02-09-00-00_hw.zip")
    assert {name: one.origin.name[:6] for name, one in by_name(tmp_path / "blackboard").items()} == {
        "ann": "HW_ann",
        "eve": "HW_eve",
    }


@pytest.mark.parametrize("platform", ["moodle", "canvas"])
def test_two_archives_of_one_upload_are_not_guessed_between(tmp_path: Path, platform: str) -> None:
    """Of two archives in one upload neither is chosen.

    It stays one submission, and its author has to say which counts.
    """
    prefix = {"moodle": "{0}_{1}_assignsubmission_file_", "canvas": "{0}_{1}_{2}_"}[platform]
    for number, (person, file) in enumerate(
        [("ann", "a.zip"), ("ann", "b.zip"), ("ben", "hw.zip"), ("cat", "hw.zip"), ("dan", "hw.zip")]
    ):
        write_zip(tmp_path / (prefix.format(person, ord(person[0]) + 1000, 5000 + number) + file))
    found = by_name(tmp_path)
    assert list(found) == ["ann_1097", "ben_1098", "cat_1099", "dan_1100"]
    problem = found["ann_1097"].problem
    assert problem is not None
    assert (problem.hint, problem.data) == ("intake/several", {"found": "a.zip, b.zip"})
    assert found["ann_1097"].identity.student == {"id": "1097", "name": "ann"}


def test_canvas_groups_keep_their_names(tmp_path: Path) -> None:
    """A Canvas group's name may hold underscores. It is believed where the whole folder is Canvas's."""
    write_zip(tmp_path / "team_a_12345_67890_hw.zip")
    write_zip(tmp_path / "team_b_LATE_12346_67891_hw.zip")
    assert {name: one.identity.student["name"] for name, one in by_name(tmp_path).items()} == {
        "team_a_12345": "team_a",
        "team_b_12346": "team_b",
    }


ANN, BOB = (f"{name}_{end}" for name, end in (("leeann_12345", "67890_hw.zip"), ("smithbob_12346", "67891_hw.zip")))
DOWNLOADS: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "moodle": (
        {f"{who}_assignsubmission_file_/{path}": text for who in ("Ann_1", "Bob_2") for path, text in MODULES.items()},
        ["Ann_1", "Bob_2"],
    ),
    "moodle-without-folders": (
        {f"Ann_1_assignsubmission_file_{path}": text for path, text in MODULES.items()},
        ["Ann_1"],
    ),
    "blackboard": (
        {
            "HW_ann_attempt_2025-11-02-09-00-00_hw.zip": zip_bytes(),
            "HW_ann_attempt_2025-11-02-09-00-00.txt": "",
            "HW_bob_attempt_2025-11-02-09-00-01_hw.ipynb": notebook_bytes("class Net: ..."),
        },
        ["ann", "bob"],
    ),
    "canvas": ({ANN: zip_bytes(), BOB: zip_bytes()}, ["leeann_12345", "smithbob_12346"]),
    "gradescope": (
        {"submission_metadata.yml": "", **{f"submission_1/{path}": text for path, text in IN_STUDENT.items()}},
        ["submission_1"],
    ),
    "gradescope-in-a-folder": (
        {"e/submission_metadata.yml": "", **{f"e/submission_1/{path}": text for path, text in MODULES.items()}},
        ["submission_1"],
    ),
    "canvas-in-a-folder": ({f"e/{ANN}": zip_bytes(), f"e/{BOB}": zip_bytes()}, ["leeann_12345", "smithbob_12346"]),
}
"""A packed class for each platform, and whose files they are."""


@pytest.mark.parametrize("platform", DOWNLOADS)
def test_a_download_that_is_still_packed_is_a_batch(tmp_path: Path, platform: str) -> None:
    """A packed download is a batch when named as a path. In a batch it is the mistake of whoever handed it in."""
    files, people = DOWNLOADS[platform]
    path = write_zip(tmp_path / "class" / "all.zip", files)
    found = discover([path, tmp_path / "class" / "." / "all.zip"])
    assert [one.name for one in found] == people
    assert [one.problem for one in found] == [None] * len(people)
    assert all(one.origin.parent == path for one in found)
    assert not list(Path(tempfile.gettempdir()).glob("grader-class-*"))
    assert [one.problem and one.problem.hint for one in discover([path.parent])] == ["intake/bulk-download"]


def test_of_a_packed_download_each_is_told_their_own_mistake(tmp_path: Path) -> None:
    """In a packed download, mistakes stay with their owners.

    A link, a broken archive, a figure, a large file and a wrong name stop nobody else.
    """
    link = zipfile.ZipInfo("Link_3_assignsubmission_file_/net.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = write_zip(
        tmp_path / "all.zip",
        {
            **{f"Ann_1_assignsubmission_file_/{path}": text for path, text in MODULES.items()},
            "Broken_2_assignsubmission_file_/hw.zip": "PK",
            "Figure_4_assignsubmission_file_/me.png": "x" * 100_000,
            "Long_5_assignsubmission_file_/net.py": f"# {'x' * 600_000}",
            "Renamed_6_assignsubmission_file_/net (1).py": "",
        },
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert {one.name: one.problem and one.problem.hint for one in discover([path])} == {
        "Ann_1": None,
        "Broken_2": "intake/archive-broken",
        "Figure_4": "intake/no-net",
        "Link_3": "intake/link",
        "Long_5": "intake/file-too-large",
        "Renamed_6": "intake/net-miscalled",
    }


@pytest.mark.parametrize("bound", ["unpacked_bytes", "archive_bytes"])
def test_a_packed_download_beyond_the_bounds_is_wrong_usage(tmp_path: Path, bound: str) -> None:
    """A packed download beyond the bounds is wrong usage.

    No student's points depend on it: the user is told to unpack it.
    """
    path = write_zip(tmp_path / "all.zip", DOWNLOADS["moodle"][0])
    with pytest.raises(UsageError, match=r"all\.zip .* unpack it"):
        discover([path], replace(IntakeLimits(), **{bound: 0}))


def test_a_class_packed_by_tar_is_wrong_usage(tmp_path: Path) -> None:
    """A class packed by tar is wrong usage. No platform makes one, and the user is told to unpack it."""
    (tmp_path / "all.tar").write_bytes(tar_bytes({"Ann_1_assignsubmission_file_/net.py": ""}))
    with pytest.raises(UsageError, match=r"all\.tar .* unpack it"):
        discover([tmp_path / "all.tar"])


def test_a_package_with_files_named_like_uploads_is_a_submission(tmp_path: Path) -> None:
    """A package with files named like uploads is a submission.

    With `net.py` in its place, other names do not matter.
    """
    write_zip(tmp_path / "a.zip", {**IN_STUDENT, "leeann_12345_67890_hw.zip": "", "b_12346_67891_hw.zip": ""})
    assert discover([tmp_path / "a.zip"])[0].files == AS_BYTES


GRADESCOPE = """---
submission_100:
  :submitters:
  - :name: Ann Lee
    :sid: '0042'
    :email: ann@example.org
  :created_at: 2025-11-02 09:00:00.000000000 Z
  :score: 8.0
  :results:
    output: |-
      submission_300:
        :submitters:
        - :name: Mallory
          :sid: '666'
  :history: []
submission_200:
  :submitters:
  - :name: "Мария \\"M\\" Иванова\\x21"
    :sid:
    :email: maria@example.org
  - :name: Conor O'Neil
    :sid: '0043'
  - :name: 'D''Arcy: Bo'
  :created_at: 2025-11-02 10:00:00.000000000 Z
"""


def test_gradescope_export(tmp_path: Path) -> None:
    """Gradescope's record names the submitters.

    Group members come together, and output that students printed is not read.
    """
    for number in (100, 200, 300):
        write_files(tmp_path / f"submission_{number}", IN_STUDENT)
    (tmp_path / "submission_metadata.yml").write_text(GRADESCOPE)
    found = by_name(tmp_path)
    assert {name: one.identity.student for name, one in found.items()} == {
        "submission_100": {"id": "0042", "name": "Ann Lee", "email": "ann@example.org"},
        "submission_200": {
            "id": "0043",
            "name": "Мария \"M\" Иванова!; Conor O'Neil; D'Arcy: Bo",
            "email": "maria@example.org",
        },
        "submission_300": {},
    }


def test_github_classroom_clones(tmp_path: Path) -> None:
    """Clones in GitHub Classroom's folder have a known user.

    The folder's name says where the assignment's name ends and the user's begins.
    """
    batch = tmp_path / "mnist-perceptron-submissions"
    for user in ("ann-lee", "ann-kim"):
        write_files(batch / f"mnist-perceptron-{user}", {**IN_STUDENT, ".git/config": "[core]", "README.md": ""})
    found = by_name(batch)
    assert list(found) == ["mnist-perceptron-ann-kim", "mnist-perceptron-ann-lee"]
    assert found["mnist-perceptron-ann-lee"].identity.student == {"id": "ann-lee", "name": "ann-lee"}
    assert found["mnist-perceptron-ann-lee"].files == AS_BYTES


def test_clones_elsewhere_are_not_guessed_at(tmp_path: Path) -> None:
    """Clones in another folder have no known user. `mnist-ann-lee` may be of `lee` or of `ann-lee`."""
    write_files(tmp_path / "mnist-ann-lee", {**IN_STUDENT, ".git/config": "[core]"})
    assert by_name(tmp_path)["mnist-ann-lee"].identity.student == {}


def test_github_classroom_grades_file(tmp_path: Path) -> None:
    """GitHub Classroom's table of grades names each repository's user. It is no submission."""
    write_files(tmp_path / "mnist-ann-lee", IN_STUDENT)
    header = "assignment_name,github_username,roster_identifier,student_repository_name,points_awarded\n"
    (tmp_path / "grades.csv").write_text(f'{header}MNIST,ann-lee,"Lee, Ann",mnist-ann-lee,\nMNIST,gone,,mnist-gone,\n')
    found = by_name(tmp_path)
    assert {name: one.identity.student for name, one in found.items()} == {
        "mnist-ann-lee": {"id": "ann-lee", "name": "Lee, Ann"}
    }


def test_classroom_50_download(tmp_path: Path) -> None:
    """Classroom 50's table of scores names everybody. Of user names that fit, the longest counts."""
    for user in ("ann", "mary-ann", "zoe"):
        write_files(tmp_path / f"ml-mnist-{user}", {**IN_STUDENT, "result.json": "{}"})
    (tmp_path / "scores.csv").write_text(
        "\ufeffusername,first_name,last_name,email,score,submission_tag\r\n"
        "mary-ann,Mary Ann,Smith,m@example.org,,\r\nann,Ann,Lee,,,\r\n"
    )
    assert {name: one.identity.student for name, one in by_name(tmp_path).items()} == {
        "ml-mnist-ann": {"id": "ann", "name": "Ann Lee"},
        "ml-mnist-mary-ann": {"id": "mary-ann", "name": "Mary Ann Smith", "email": "m@example.org"},
        "ml-mnist-zoe": {},
    }


@pytest.mark.parametrize("name", ["scores.csv", "grades.csv"])
@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"", b"\xff\xfe\x00", b'username,submission_tag\n"' + b"x" * 200_000]
)
def test_a_table_of_another_kind_is_an_entry(tmp_path: Path, name: str, content: bytes) -> None:
    """A table of another kind is an entry.

    A record is known by its columns: somebody may have handed in a `scores.csv`.
    """
    write_files(tmp_path / "alice")
    (tmp_path / name).write_bytes(content)
    found = by_name(tmp_path)
    assert list(found) == ["alice", name.removesuffix(".csv")]
    assert found[name.removesuffix(".csv")].problem is not None


@pytest.mark.parametrize("name", ["scores.csv", "grades.csv", "submission_metadata.yml"])
@pytest.mark.parametrize("kind", ["folder", "fifo"])
def test_a_record_is_a_file(tmp_path: Path, name: str, kind: str) -> None:
    """Only a file can be a platform's record.

    A folder or a FIFO of that name is somebody's entry, and stops nobody else's.
    """
    write_files(tmp_path / "alice")
    if kind == "folder":
        write_files(tmp_path / name)
    else:
        os.mkfifo(tmp_path / name)
    found = discover([tmp_path])
    assert len(found) == 2
    assert {one.origin.name for one in found if one.problem is None} == {"alice", *([name] * (kind == "folder"))}


def test_nbgrader_submitted_folders(tmp_path: Path) -> None:
    """nbgrader's `submitted/<student>/<assignment>/` folders are read. The notebook lies one folder further down."""
    write_files(tmp_path / "ann" / "mnist", {"mnist.ipynb": notebook_bytes("class Net: ..."), "timestamp.txt": "2025"})
    found = by_name(tmp_path)
    assert list(found) == ["ann"]
    assert found["ann"].problem is None


def test_what_is_known_of_a_person_is_shown_plainly(tmp_path: Path) -> None:
    """A person's name is shown without control characters."""
    write_files(tmp_path / "Ann\x1b[31m\tLee_5_assignsubmission_file_")
    (submission,) = discover([tmp_path])
    assert submission.identity.student["name"].isprintable()
    assert submission.name == "Ann_31m_Lee_5"
