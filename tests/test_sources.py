"""The programs of submissions are kept once, by content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader import sources
from grader.sources import keep_sources, packed, unpacked
from grader.store import Store
from tests.testing.runs import BROKEN, HONEST


def test_what_is_kept_already_is_not_packed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that are kept already are not packed again. A changed one is kept beside them."""
    packing: list[set[str]] = []

    def counted(files: dict[str, bytes]) -> bytes | None:
        packing.append(set(files))
        return packed(files)

    monkeypatch.setattr(sources, "packed", counted)
    changed = replace(BROKEN, files={**BROKEN.files, "extra.py": b"# new\n"})
    with Store.in_memory() as store:
        assert store.kept_sources() == frozenset()
        keep_sources(store, [HONEST, BROKEN])
        assert store.kept_sources() == {HONEST.digest, BROKEN.digest}
        assert len(packing) == 2
        keep_sources(store, [HONEST, changed])
        assert packing[2:] == [set(changed.files)]
        payload = store.get_sources(changed.digest)
        assert payload is not None
        assert unpacked(payload)["extra.py"] == "# new\n"
