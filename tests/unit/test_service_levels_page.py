"""docs/service-levels.md tells what the golden world holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "service-levels.md").read_text(encoding="utf-8")
GOLDEN = yaml.safe_load((ROOT / "tests" / "warehouse" / "golden" / "queue_outcomes.yml").read_text(encoding="utf-8"))
EXPECTED = {row[5]: row[6:9] for row in GOLDEN["expected"] if row[4] == "service_level"}
WITH_OUTCOME = ("answered", "abandoned", "overflow", "flow_out", "callback", "voicemail", "missed")


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    section = PAGE.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_legs_of_the_page_are_those_of_the_golden_world() -> None:
    told = {cells[0]: (cells[1].split()[0], float(cells[2])) for cells in rows_of("The legs")}
    held = {}
    for leg in GOLDEN["records"]["contact_legs"]:
        if leg["outcome"] in WITH_OUTCOME and not leg.get("is_test") and leg.get("direction") != "outbound":
            end = leg.get("answered_at") or leg.get("ended_at")
            held[leg["contact_leg_id"]] = (
                leg["outcome"],
                float(leg.get("wait_seconds", (end - leg["offered_at"]).total_seconds())),
            )
    assert told == held


@pytest.mark.parametrize("cells", [pytest.param(cells, id=cells[0].strip("`")) for cells in rows_of("Side by side")])
def test_each_variant_has_the_parts_and_the_value_of_the_golden_world(cells: list[str]) -> None:
    numerator, denominator, value = EXPECTED[cells[0].strip("`")]
    assert int(cells[1].split("=")[-1]) == numerator
    assert int(re.findall(r"\d+", cells[2])[-1 if "=" in cells[2] else 0]) == denominator
    assert cells[3] == f"{value:.1%}".replace("%", " %")


def test_all_six_stand_side_by_side() -> None:
    assert {cells[0].strip("`") for cells in rows_of("Side by side")} == set(EXPECTED) - {"mixed"}
    assert len(rows_of("Side by side")) == 6


def test_the_marks_of_the_legs_add_up_to_the_variants() -> None:
    legs = rows_of("The legs")
    marked = {name: sum(1 for cells in legs if cells[place]) for place, name in enumerate("abos✓", start=3)}
    assert marked == {"a": EXPECTED["all"][0], "b": 3, "o": 1, "s": 1, "✓": EXPECTED["removed"][0]}
    assert EXPECTED["abandoned_positive"][0] == marked["a"] + marked["b"]
    assert EXPECTED["offered"][1] == len(legs) - marked["s"] - marked["o"]
