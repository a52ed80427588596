"""Run a workflow of GitHub Actions here. Its `run` steps are run as they are, in order, on a machine made for a test.

Actions (`uses`) are played: a checkout clones, the reporting action is restated, the others do nothing. Expressions are
read as far as the kit's workflows go: names, texts, `!`, `&&`, `

` and two functions.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.testing.actions import Command, Reported, commands_in, reported

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_SECONDS = 120
STANDING_IN = {
    # makes an environment with the interpreter of the tests, in which the grader is installed
    "uv": """#!/bin/sh
echo "uv $*" >> "$HOME/installed"
env | grep ^GIT_CONFIG >> "$HOME/installed"
[ "$1" = venv ] || exit 0
for folder; do :; done
mkdir -p "$folder/bin"
printf '#!/bin/sh\\nexec %s "$@"\\n' "$PYTHON_OF_TESTS" > "$folder/bin/python"
chmod +x "$folder/bin/python"
""",
    # lists and clones the repositories in a folder of this machine
    "gh": """#!/bin/sh
case "$1 $2" in
  'repo list') ls "$HOME/repositories" ;;
  'repo clone') git clone --quiet "$HOME/repositories/${3#*/}" "$4" ;;
  *) exit 1 ;;
esac
""",
    "docker": """#!/bin/sh
printf '%s\\n' "$@" >> "$HOME/docker-arguments"
""",
}


def git(folder: Path, *arguments: str) -> None:
    """Run git in `folder` as somebody."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, timeout=_SECONDS)


def repository(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Make a repository with one commit of `files`. Without files there is no commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    if files:
        git(folder, "add", "--all", "--force")
        git(folder, "commit", "--quiet", "--message", "hand in")
    return folder


@dataclass
class Machine:
    """A clean machine, and what came of a job on it."""

    root: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    checkout_of: Path | None = None
    log: str = ""
    failed: str | None = None
    """The name of the step that failed. Those after it are not run."""
    report: Reported | None = None
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("home", "temp", "work", "bin"):
            (self.root / name).mkdir(parents=True)
        for name, script in STANDING_IN.items():
            path = self.root / "bin" / name
            path.write_text(script, encoding="utf-8")
            path.chmod(0o755)
        (self.root / "summary").touch()

    @property
    def summary(self) -> str:
        return (self.root / "summary").read_text(encoding="utf-8")

    @property
    def commands(self) -> list[Command]:
        return commands_in(self.log)

    def _value(self, text: str, env: Mapping[str, str]) -> str:
        """Return an expression's value as text. What is unknown is empty, as on GitHub."""
        text = text.strip()
        for mark, last in (("||", False), ("&&", True)):
            if mark in text:
                left, _, right = text.partition(mark)
                value = self._value(left, env)
                return self._value(right, env) if bool(value) is last else value
        if text.startswith("!"):
            return "" if self._value(text[1:], env) else "true"
        if called := re.fullmatch(r"startsWith\((.*?),(.*?)\)", text):
            text, start = (self._value(part, env) for part in called.groups())
            return "true" if text.startswith(start) else ""
        if text.startswith("'"):
            return text.strip("'")
        context, _, name = text.partition(".")
        if context == "steps":
            step, _, output = name.partition(".outputs.")
            return self.outputs[step][output]
        known: dict[str, Mapping[str, str]] = {
            "env": env,
            "vars": self.variables,
            "secrets": self.secrets,
            "runner": {"temp": str(self.root / "temp")},
            "github": {"workspace": str(self.root / "work"), "repository_owner": "org"},
        }
        return known.get(context, {}).get(name, "")

    def _filled(self, value: object, env: Mapping[str, str]) -> str:
        return _EXPRESSION.sub(lambda found: self._value(found[1], env), str(value))

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.root / "home"),
            "RUNNER_TEMP": str(self.root / "temp"),
            "GITHUB_REPOSITORY": "org/mnist-alice",
            "GITHUB_WORKSPACE": str(self.root / "work"),
            "GITHUB_STEP_SUMMARY": str(self.root / "summary"),
            "PYTHON_OF_TESTS": sys.executable,
            "OMP_NUM_THREADS": "1",
        }

    def _act(self, step: Mapping[str, Any], env: Mapping[str, str]) -> bool:
        """Play an action, and tell whether it went well."""
        name = step["uses"].partition("@")[0]
        self.actions.append(name)
        if name == "actions/checkout":
            git(self.root, "clone", "--quiet", str(self.checkout_of), str(self.root / "work" / step["with"]["path"]))
        if name == "classroom-resources/autograding-grading-reporter":
            self.report = reported(json.loads(base64.b64decode(env["GRADE_RESULTS"])))
            self.log += self.report.log + "\n"
            return not self.report.fails
        return True

    def _run(self, step: Mapping[str, Any], env: Mapping[str, str]) -> bool:
        """Run a script as GitHub does for `shell: bash`. Tell whether it went well."""
        output = self.root / "output"
        output.write_bytes(b"")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self._filled(step.get("working-directory", self.root / "work"), env),
            env={**self._environment(), **env, "GITHUB_OUTPUT": str(output)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        self.log += done.stdout
        pairs = [line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines()]
        self.outputs[step.get("id", "")] = dict(pairs)
        return done.returncode == 0

    def carry_out(self, workflow: str, *, only: str | None = None) -> Machine:
        """Run the only job of `workflow` until a step fails.

        `only` names a single step to run; the machine is returned.
        """
        (job,) = yaml.safe_load(workflow)["jobs"].values()
        job_env = {name: self._filled(value, {}) for name, value in job.get("env", {}).items()}
        for step in job["steps"]:
            if only is not None and step.get("id") != only:
                continue
            env = job_env | {name: self._filled(value, job_env) for name, value in step.get("env", {}).items()}
            went_well = self._act(step, env) if "uses" in step else self._run(step, env)
            if not went_well:
                self.failed = step["name"]
                break
        return self
