"""Policies of a shop's own: the project's seeds with further rows for some queues, channel groups and days."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

from tests.oracle.seeds import SEEDS

VARIANTS = ("offered", "all", "abandoned_ignored", "abandoned_positive", "answered", "removed")
GROUPS = {"voice": ("Q1", "Q2", "Q3"), "chat": ("Q1", "Q2", "Q3"), "written": ("G1", "G2", "G3")}


def seeds_with(own: Mapping[str, Sequence[str]], folder: Path) -> Path:
    """A copy of the project's seeds in `folder`, each followed by these lines of CSV."""
    shutil.copytree(SEEDS, folder)
    for name, lines in own.items():
        with (folder / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    return folder


def random_policies(seed: int, first_day: date) -> dict[str, list[str]]:
    """Policies by queue, by channel group and by both; some change after a week."""
    random = Random(seed)
    found: dict[str, list[str]] = {}
    for name, group, queue, since in _places(random, first_day):
        found.setdefault(name, []).append(f"{queue},{group},{_values(random, name)},{since}")
    later = first_day + timedelta(days=7)
    found["record_policies"] = [f"chat,topic,{later}", f"written,topic,{later}", f"written,disposition,{later}"]
    found["conversion_policies"] = [f"86400,{3 * 86400},{2 * 86400},{5 * 86400},{first_day + timedelta(days=4)}"]
    found["kpi_targets"] = [
        f"fcr,*,*,*,voice,,,0.5,0.9,{later},made up",
        "fcr,*,team,*,*,,,0.4,0.6,1970-01-01,made up",
        "fcr,*,queue,Q1,*,,,0.3,,1970-01-01,made up",
        f"aht,default,*,*,*,,,300,200,{later},made up",
        "abandon_time,*,queue,Q2,*,10,,,,1970-01-01,made up",
        "time_to_resolve,p90,*,*,*,,,86400,,1970-01-01,made up",
        f"offered,*,*,*,*,,,5,,{later},made up",
    ]
    return found


def _places(random: Random, first_day: date) -> list[tuple[str, str, str, date]]:
    """Where each policy differs: never two rows for the same place, group and day."""
    names = ("service_level_policies", "fcr_policies", "resolution_policies", "response_window_policies", "sla_policies")
    found = set()
    for name in names:
        for _ in range(4):
            group = random.choice(list(GROUPS))
            queue = random.choice(["*", *GROUPS[group]])
            group = "*" if queue != "*" and random.random() < 0.5 else group
            found.add((name, group, queue, first_day + timedelta(days=random.choice([-400, 7]))))
    return sorted(found)


def _values(random: Random, name: str) -> str:
    """What a policy says, in the order of its columns."""
    if name == "service_level_policies":
        return f"{random.choice(VARIANTS)},{random.choice([5, 20, 30, 45])},{random.choice([0, 5, 20])}"
    if name == "sla_policies":
        metric = random.choice(["first_reply", "next_reply", "resolve"])
        clock = random.choice(["wall", "business"])
        return f"{random.choice(['*', 'urgent'])},{metric},{random.choice([60, 3600, 90_000])},{clock}"
    if name == "response_window_policies":
        return str(random.choice([30, 60, 180, 3600]))
    return str(random.choice([3600, 10_800, 2 * 86_400, 9 * 86_400]))
