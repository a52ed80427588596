"""An nbgrader course in a folder, driven in this process: a command takes four seconds."""

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
    """Executes each notebook in the kernel of the one before: torch is imported once.

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
    """End the kernel that was kept, afterwards."""
    try:
        yield
    finally:
        if ExecuteInOneKernel.kernel is not None:
            run_sync(ExecuteInOneKernel.kernel.shutdown_kernel)(now=True)
            ExecuteInOneKernel.kernel = None


class Course:
    """What `grader release --nbgrader DIR` writes, with its own configuration in force."""

    def __init__(self, folder: Path) -> None:
        assert run(["release", "--nbgrader", str(folder)]) == 0
        self.folder = folder

    @classmethod
    def opened(cls, folder: Path) -> Course:
        """A course that is there already."""
        course = cls.__new__(cls)
        course.folder = folder
        return course

    def nbgrader(self, execute: type[Execute] | None = None) -> NbGraderAPI:
        """Its commands. `execute` runs the notebooks in nbgrader's place."""
        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.folder)).load_config()
        config.CourseDirectory.root = str(self.folder)
        if execute is not None:
            usual = config.Autograde.get("autograde_preprocessors") or Autograde().autograde_preprocessors
            config.Autograde.autograde_preprocessors = [execute if issubclass(one, Execute) else one for one in usual]
        return NbGraderAPI(config=config)

    def generate(self, assignment: str) -> Any:
        """The notebook that students receive."""
        done = self.nbgrader().generate_assignment(assignment)
        assert done["success"], done
        return nbformat.read(self.folder / "release" / assignment / f"{assignment}.ipynb", as_version=4)

    def autograde(self, assignment: str, execute: type[Execute] | None = None) -> str:
        """Grade everything that was handed in; what nbgrader has logged."""
        done = self.nbgrader(execute).autograde(assignment, "*")
        assert done["success"], done
        return str(done["log"])

    @property
    def book(self) -> Gradebook:
        """The grade book, to be closed."""
        return Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}", "perceptron")
