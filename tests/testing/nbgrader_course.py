"""An nbgrader course in a folder, run in this process. As a command, nbgrader takes four seconds each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from traitlets.config import PyFileConfigLoader

from grader.cli import run


class ExecuteInOneKernel(Execute):
    """Execute all notebooks in one kernel, which imports torch once.

    Names and the streams are as in a new kernel; modules stay imported.
    """

    kernel: ClassVar[Any] = None

    def preprocess(self, nb: Any, resources: Any = None) -> Any:
        """Execute every code cell of `nb` in place."""
        cls = ExecuteInOneKernel
        if cls.kernel is None:
            cls.kernel = AsyncKernelManager(kernel_name="python3")
        first = nbformat.v4.new_code_cell(
            "import sys\n"
            "sys.stdout, sys.stderr = vars(sys).setdefault('first_streams', (sys.stdout, sys.stderr))\n"
            "get_ipython().run_line_magic('reset', '-f')"
        )
        nb.cells.insert(0, first)
        try:
            return super().preprocess(nb, resources, km=cls.kernel)
        finally:
            assert not first.outputs, first.outputs
            nb.cells.remove(first)
            self.kc.stop_channels()


@contextmanager
def one_kernel() -> Iterator[None]:
    """End the shared kernel after the block."""
    try:
        yield
    finally:
        if ExecuteInOneKernel.kernel is not None:
            run_sync(ExecuteInOneKernel.kernel.shutdown_kernel)(now=True)
            ExecuteInOneKernel.kernel = None


class Course:
    """A course that `grader release --nbgrader DIR` writes. Its own configuration is used."""

    def __init__(self, folder: Path) -> None:
        assert run(["release", "--nbgrader", str(folder)]) == 0
        self.folder = folder

    @classmethod
    def opened(cls, folder: Path) -> Course:
        """Open a course that exists."""
        course = cls.__new__(cls)
        course.folder = folder
        return course

    def nbgrader(self, execute: type[Execute] | None = None) -> NbGraderAPI:
        """Return nbgrader's commands. `execute` replaces its way to run notebooks."""
        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.folder)).load_config()
        config.CourseDirectory.root = str(self.folder)
        if execute is not None:
            usual = config.Autograde.get("autograde_preprocessors") or Autograde().autograde_preprocessors
            config.Autograde.autograde_preprocessors = [execute if issubclass(one, Execute) else one for one in usual]
        return NbGraderAPI(config=config)

    def generate(self, assignment: str) -> Any:
        """Generate and return the notebook that students receive."""
        done = self.nbgrader().generate_assignment(assignment)
        assert done["success"], done
        return nbformat.read(self.folder / "release" / assignment / f"{assignment}.ipynb", as_version=4)

    def autograde(self, assignment: str, execute: type[Execute] | None = None) -> str:
        """Grade everything that was handed in, and return nbgrader's log."""
        done = self.nbgrader(execute).autograde(assignment, "*")
        assert done["success"], done
        return str(done["log"])

    @property
    def book(self) -> Gradebook:
        """Open the grade book, to be closed by the caller."""
        return Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}", "perceptron")
