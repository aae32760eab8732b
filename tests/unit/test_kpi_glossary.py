"""The KPI glossary says what the seeds say."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from deskmart.kpi_glossary import GLOSSARY, glossary, seed
from deskmart.kpi_table import additive_over
from deskmart.kpi_words import EXAMPLE_LEGS, EXAMPLE_VARIANTS, READING

GOLDEN = Path(__file__).parent.parent / "warehouse" / "golden" / "queue_outcomes.yml"


def test_the_page_is_the_one_the_seeds_make() -> None:
    assert GLOSSARY.read_text(encoding="utf-8") == glossary(), "run python -m deskmart.kpi_glossary"


def test_every_kpi_has_its_section_with_both_names_and_every_variant_its_formulas() -> None:
    page = glossary()
    for row in seed("kpi_catalog"):
        assert f'<a id="{row["kpi"]}"></a>' in page
        assert row["name_zh"] in page or row["variant"] != "default"
        assert f"| `{row['variant']}` | {row['definition_zh']} | {row['definition_en']} |" in page


def test_every_kpi_says_how_to_read_it_and_no_other_is_told_of() -> None:
    assert set(READING) == {row["kpi"] for row in seed("kpi_catalog")}


def test_the_worked_example_is_the_golden_world() -> None:
    golden = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    expected = {row[5]: (row[6], row[7]) for row in golden["expected"] if row[4] == "service_level"}
    assert {variant: (above, below) for variant, _, above, _, below in EXAMPLE_VARIANTS} == expected
    told = sum(int(number) for outcome, _ in EXAMPLE_LEGS for number in re.findall(r"\d+", outcome))
    assert told == expected["all"][1]


def test_one_table_lists_every_kpi_and_variant_with_all_its_columns() -> None:
    table = glossary().split("## 全部指标一览")[1]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| [`")]
    assert {len(cells) for cells in lines} == {15}
    assert [(cells[0].split("`")[1], cells[1].strip("`")) for cells in lines] == [
        (row["kpi"], row["variant"]) for row in seed("kpi_catalog")
    ]
    assert all(cell for cells in lines for cell in cells)


def test_the_table_says_what_may_be_summed() -> None:
    told = {(row["kpi"], row["variant"]): additive_over(row) for row in seed("kpi_catalog")}
    assert told["backlog", "default"].endswith("; not days")
    assert told["time_to_resolve", "p90"].startswith("nothing")
    assert told["asa", "default"] == "days, weeks, months; members of channel, queue, team"
