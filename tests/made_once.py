"""Homes that many tests begin with: made once in a process, a copy for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class MadeOnce:
    """What was made so far, each in a folder of its own, by the function that made it and what it was given."""

    folder: Path
    made: dict[tuple[Hashable, ...], Path] = field(default_factory=dict)

    def copy(self, make: Callable[..., Any], to: Path, *given: Hashable) -> None:
        """Fill a folder with what `make(folder, *given)` leaves in an empty one. Files keep their times, links stay links."""
        if (make, *given) not in self.made:
            folder = self.folder / str(len(self.made))
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            make(folder, *given)
            self.made[(make, *given)] = folder
        shutil.copytree(self.made[(make, *given)], to, symlinks=True, dirs_exist_ok=True)
