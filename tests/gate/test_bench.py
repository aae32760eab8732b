"""The benchmark of the gate: the suite and the same rules in SQL find the same rows."""

from __future__ import annotations

import re

from deskmart.bench import bench


def test_the_suite_and_sql_find_the_same_and_every_bad_row_is_refused() -> None:
    lines = list(bench(4_000))

    assert [re.sub(r"\d+ rules", "_ rules", line).split(":")[0] for line in lines] == [
        "suite, 4,000 contact legs, 0.1% bad, _ rules",
        "whole gate, 4,000 contact legs, 0.1% bad",
        "suite, 4,000 contact legs, 10.0% bad, _ rules",
        "whole gate, 4,000 contact legs, 10.0% bad",
    ]
    refused = [int(match[1].replace(",", "")) for line in lines if (match := re.search(r"([\d,]+) quarantined", line))]
    assert refused == [4, 400]
