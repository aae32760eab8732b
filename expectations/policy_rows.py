"""Lines of seeds as the policy checks see them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SeedRow:
    """One line of a seed: the file's name, the line in it, its cells by column."""

    seed: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def amount(self, column: str) -> Decimal | None:
        """The cell as a number; None when it is empty."""
        return Decimal(self[column]) if self[column] else None

    def says(self, problem: str) -> str:
        """A sentence about this line."""
        return f"{self.seed}.csv, line {self.line}: {problem}"


Seeds = Mapping[str, Sequence[SeedRow]]


def read_seeds(folder: Path) -> Seeds:
    """Every CSV of the folder by its name, lines counted as an editor counts them."""
    found: dict[str, list[SeedRow]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restkey="", restval="")
            found[path.stem] = [SeedRow(path.stem, reader.line_num, row) for row in reader]
    return found
