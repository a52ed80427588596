"""The secret of this installation. It makes relabellings the same from run to run here, and unknown to submissions."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import platformdirs

from grader.errors import UsageError

SECRET_BYTES = 32
VARIABLE = "GRADER_SECRET"


def installation_secret(folder: Path | None = None) -> bytes:
    """Read the secret, or make it at first use. `$GRADER_SECRET` comes first, for several machines that have to agree.

    Args:
        folder: where the file lies; None for the user's data directory.

    Raises:
        UsageError: the file cannot be read or made.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return given.encode()
    folder = folder or Path(platformdirs.user_data_dir("perceptron-grader"))
    path = folder / "secret"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        secret = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; make the folder writable or set ${VARIABLE}") from None
    if len(secret) < SECRET_BYTES:
        raise UsageError(f"{path} is damaged: delete it, and a new one is made")
    return secret


def _create(path: Path) -> None:
    """Create the secret's file atomically. Of two processes that try, one wins and both use its secret."""
    draft = path.with_name(f".secret-{os.getpid()}-{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    try:
        draft.write_bytes(secrets.token_bytes(SECRET_BYTES))
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
