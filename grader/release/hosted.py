"""Links that open a chapter in Colab.

It reads notebooks from GitHub.

The address holds the name of the students' repository, which only the course knows. Until it is told, the texts say
how the address is made, and hold no link.
"""

from __future__ import annotations

import re

from grader.errors import UsageError

PLACEHOLDER = "OWNER/REPO"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")  # what GitHub allows as names
_ADDRESS = re.compile(r"`(?P<url>https://colab\.research\.google\.com/github/OWNER/REPO/[^`]*)`[^.]*\.")
_BADGE = "https://colab.research.google.com/assets/colab-badge.svg"  # https://github.com/googlecolab/open_in_colab


def check_repository(repository: str) -> str:
    """Check that `repository` is a GitHub name.

    It may be empty.

    Raises:
        UsageError: it is something else, such as an address.
    """
    if repository and not _REPOSITORY.fullmatch(repository):
        raise UsageError(f"--repository `{repository}`: give the name on GitHub as {PLACEHOLDER}, without https://")
    return repository


def with_links(text: bytes, repository: str) -> bytes:
    """Turn the form of an address into a badge.

    The badge opens the chapter.

    Args:
        text: a notebook or a page in Markdown, in UTF-8.
        repository: OWNER/REPO on GitHub, with the branch main; "" changes nothing.

    Raises:
        UsageError: there can be no such repository.
    """
    if not check_repository(repository):
        return text
    linked = _ADDRESS.sub(rf"[![Open in Colab]({_BADGE})](\g<url>)", text.decode())
    return linked.replace(PLACEHOLDER, repository).encode()
