"""The student repository as a mapping of files.

It is a pure function of `solutions/` and the grader's own sources.

`student/` runs with the packages a student installs, without the grader: what the visible tests need of it comes
along in `student/_kit` as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from grader.assignment import Assignment, AssignmentFile, assignment_in, load_assignment
from grader.categories import CATEGORIES
from grader.errors import UsageError
from grader.i18n import LANGUAGES, messages
from grader.judge.collect import collect
from grader.release.automation import folder_of
from grader.release.hosted import with_links
from grader.release.kit import SOURCES, kit
from grader.release.notebook import to_notebook
from grader.release.stated import in_chapter
from grader.release.strip import regions, reveal, strip
from grader.release.translation import catalogue, translated, untranslated
from grader.release.visible import visible_part

SUBMISSION_MODULES = ("net.py", "objective.py", "training.py")
LANGUAGE_OF_NOTEBOOK = {"perceptron_ru.py": "perceptron_ru.ipynb", "perceptron_en.py": "perceptron_en.ipynb"}
LANGUAGE_OF_CHAPTER = {"perceptron_ru.py": "ru", "perceptron_en.py": "en"}
TOOLS = ("checking.py", "from_notebook.py", "keyboard.py", "language.py", "threads.py", "watch.py")
"""Modules that nobody has to read. Of these only messages are translated."""
_TEMPLATES = Path(__file__).with_name("templates")
_BARS = ("low-bar", "middle-bar", "target")
_WHY_GUESSING = (
    "accuracy/near-chance",
    "accuracy/never-learned",
    "accuracy/diverged",
    "accuracy/learned-something-else",
    "accuracy/not-finite",
)
_SECTION = {"ru": "## По-русски\n", "en": "## In English\n"}
"""The sections of the README, in the order of the title."""
SOLUTIONS_IN_A_WHEEL = Path(__file__).with_name("solutions")
"""Where a wheel has them, see `hatch_build.py`."""


def find_solutions() -> Path:
    """Find the folder `solutions/`.

    It is that of the wheel, or of the checkout.

    Raises:
        UsageError: there is none. Wheels that students can get at are built without it.
    """
    for place in (SOLUTIONS_IN_A_WHEEL, SOURCES.parent / "solutions"):
        if (place / "net.py").is_file():
            return place
    raise UsageError(
        f"this grader comes without solutions (no solutions/net.py in {SOURCES.parent}): install a checkout of the kit "
        "with `pip install -e .`, or a wheel that was built with them"
    )


def checkout() -> Path:
    """The checkout that this grader runs from.

    Raises:
        UsageError: it runs from an installed wheel.
    """
    if SOLUTIONS_IN_A_WHEEL.is_dir() or not (SOURCES.parent / "solutions" / "net.py").is_file():
        raise UsageError(
            "--check and --update are for a checkout of the kit, and this grader is installed from a wheel: "
            "`grader release DIR` writes the student repository"
        )
    return SOURCES.parent


def _visible_tests() -> dict[str, bytes]:
    """The test modules that students get, by file name."""
    files: dict[str, bytes] = {}
    for category in CATEGORIES:
        source = visible_part((SOURCES / "hidden" / f"test_{category}.py").read_text(encoding="utf-8"))
        if source is not None:
            files[f"test_{category}.py"] = source.encode()
    return files


def about(assignment: Assignment) -> dict[str, object]:
    """Describe the assignment for a student's run. It tells the rules, points, bars, and how many tests are hidden."""
    tests = collect()
    visible = [test.id for test in tests.values() if test.visible]
    hidden = [test.id for test in tests.values() if not test.visible]
    structure = assignment.structure
    return {
        "rules": {
            "max_parameters": structure.max_parameters,
            "min_hidden_layers": structure.min_hidden_layers,
            "forbid_convolutions": structure.forbid_convolutions,
        },
        "categories": list(CATEGORIES),
        "visible": visible,
        "points": {test: assignment.points.get(test, 0) for test in visible},
        "bars": {dataset: bars.bars for dataset, bars in assignment.accuracy.items()},
        "hidden": {
            "n": len(hidden),
            "points": sum(assignment.points.get(test, 0) for test in hidden),
            "accuracy": sum(test.startswith("accuracy/") for test in hidden),
            "integrity": sum(test.startswith("integrity/") for test in hidden),
        },
    }


def _messages() -> dict[str, dict[str, str]]:
    """Collect the texts a student may meet. Advice on accuracy goes by names that are no hidden test's."""
    categories = ("structure/", "dropout/", "objective/", "training/")
    titles = (f"title/{test.id}" for test in collect().values() if test.visible)
    others = ("outcome/", "missing/", "place/", "student/", "report/category-")
    shipped = (*categories, *others, *_WHY_GUESSING, *titles)
    return {
        language: {
            **{key: text for key, text in messages(language).items() if key.startswith(shipped)},
            **{f"full/{bar}": messages(language)[f"accuracy/{bar}"] for bar in _BARS},
        }
        for language in LANGUAGES
    }


def _stubs(solutions: Path) -> dict[str, str]:
    """Compute the SHA-256 of each module as given out."""
    sources = {name: strip((solutions / name).read_text(encoding="utf-8")) for name in SUBMISSION_MODULES}
    return {name: hashlib.sha256(source.encode()).hexdigest() for name, source in sources.items()}


def _json(value: object) -> bytes:
    """`value` as the bytes of a readable JSON file."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def without_translation(solutions: Path) -> list[str]:
    """List texts that lack a translation. A release in another language would leave them English."""
    return [
        f"grader/release/{language}.po lacks, for {path.name}: {text}"
        for language in sorted(set(LANGUAGES) - {"en"})
        for path in sorted(solutions.glob("*.py"))
        if path.name not in LANGUAGE_OF_NOTEBOOK
        for text in untranslated(
            strip(path.read_text(encoding="utf-8")),
            catalogue(language),
            messages_only=path.name in TOOLS,
        )
    ]


def chapter(solutions: Path, script: str, assignment: Assignment) -> str:
    """Read a chapter. It states what `assignment` says, and has its solutions still."""
    source = (solutions / script).read_text(encoding="utf-8")
    return in_chapter(source, assignment, LANGUAGE_OF_CHAPTER[script])


def _given(solutions: Path, language: str, assignment: Assignment, *, filled_in: bool) -> dict[str, bytes]:
    """Collect the assignment's modules as stubs. With `filled_in` they hold the solution."""
    files: dict[str, bytes] = {}
    turn = reveal if filled_in else strip
    for path in sorted(solutions.glob("*.py")):
        if path.name in LANGUAGE_OF_NOTEBOOK:
            files[LANGUAGE_OF_NOTEBOOK[path.name]] = to_notebook(turn(chapter(solutions, path.name, assignment)))
        else:
            source = path.read_text(encoding="utf-8")
            files[path.name] = translated(turn(source), catalogue(language)).encode()
    return files


def student_folder(
    solutions: Path, language: str = "", *, filled_in: bool = False, assignment: Assignment | None = None
) -> dict[str, bytes]:
    """Collect the files of `student/` by relative path.

    Args:
        solutions: the hand-written copy of the assignment.
        language: of modules and messages; without one modules are English and messages in the language of the system.
        filled_in: with the solution in place of the stubs, as a submission that earns every point.
        assignment: whose goal, rules and points they state; None for the one that comes with the grader.
    """
    assignment = assignment or load_assignment()
    return {
        **_given(solutions, language or "en", assignment, filled_in=filled_in),
        **_visible_tests(),
        **{f"_kit/{name}": content for name, content in kit().items()},
        **{f"_kit/{path.name}": path.read_bytes() for path in sorted((_TEMPLATES / "kit").glob("*.py"))},
        "conftest.py": (_TEMPLATES / "conftest.py").read_bytes(),
        "test_full.py": (_TEMPLATES / "test_full.py").read_bytes(),
        "_kit/about.json": _json({**about(assignment), "language": language or None, "stubs": _stubs(solutions)}),
        "_kit/messages.json": _json(_messages()),
    }


def handout(both: str, language: str) -> str:
    """Cut the README to one language. It stays in both without one."""
    if not language:
        return both
    titles = dict(zip(_SECTION, both.partition("\n")[0].removeprefix("# ").split(" · "), strict=True))
    section = both.partition(_SECTION[language])[2].partition("\n## ")[0]
    return f"# {titles[language]}\n{section.rstrip()}\n"


def repository(
    solutions: Path, source: str = "", *, language: str = "", name: str = "", given: AssignmentFile | None = None
) -> Mapping[str, bytes]:
    """Write the whole student repository, by path.

    Args:
        solutions: the hand-written copy of the assignment.
        source: of the grader, for the workflow; "" leaves it to a variable of the repository.
        language: of what students read, as for `student_folder`.
        name: OWNER/REPO on GitHub, for links that open the chapters in Colab; "" leaves a description of them.
        given: the assignment, which the workflow carries; None for the one that comes with the grader.

    Raises:
        UsageError: source or name cannot be what it should.
    """
    assignment = assignment_in(given)
    student = student_folder(solutions, language, assignment=assignment)
    files = {f"student/{path}": content for path, content in student.items()}
    files |= folder_of("repository", source, given)
    files["README.md"] = handout(files["README.md"].decode(), language).encode()
    return {
        path: with_links(content, name) if path.endswith((".ipynb", "README.md")) else content
        for path, content in files.items()
    }


def leaks(solutions: Path, files: Mapping[str, bytes]) -> list[str]:
    """List secrets that `files` give away.

    They are lines of solution regions, and names and ids of hidden tests.

    A line counts when it says something: at least 12 characters, and no line of the stubs or given code.
    """
    hidden = [test.id for test in collect().values() if not test.visible]
    names = hidden + [f"test_{test.partition('/')[2].replace('-', '_')}" for test in hidden]
    sources = [path.read_text(encoding="utf-8") for path in sorted(solutions.glob("*.py"))]
    given = {line.strip() for source in sources for line in strip(source).splitlines()}
    secret = {line.strip() for source in sources for region in regions(source) for line in region}
    secret = {line for line in secret - given if len(line) >= 12}
    found = []
    for name, content in files.items():
        text = content.decode()
        if "_kit/" not in name:  # the grader's own code knows nothing of the solution
            lines = set(_lines_of(name, text))
            found += [f"{name}: solution line `{line}`" for line in sorted(secret & lines)]
        found += [f"{name}: hidden test {test}" for test in names if test in text]
    return found


def _lines_of(name: str, text: str) -> list[str]:
    """Split a file into lines without their indent. Of a notebook they are those of its cells."""
    if name.endswith(".ipynb"):
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
    return [line.strip() for line in text.splitlines()]
