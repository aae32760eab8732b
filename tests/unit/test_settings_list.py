"""The list of settings is whole: what the code reads is in it, what is in it works, and its defaults are the code's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from deskmart.errors import SettingsError
from deskmart.settings import Settings, load_settings
from deskmart.settings_docs import commented_config
from deskmart.settings_list import CONNECTIONS, SECTIONS, SETTINGS, SOURCES, Setting
from ingestion.registry import all_sources

ROOT = Path(__file__).parents[2]
ROOMS = ("dags", "deskmart", "expectations", "ingestion", "serving")
VARIABLES = {setting.variable for setting in SETTINGS if setting.variable}
WITH_DEFAULT = [one for one in SETTINGS if one.name and one.default]
SWITCHED_ON = "\n".join(
    line.removeprefix("# ") if line.startswith("# [") or " = " in line else line for line in commented_config().splitlines()
)


def test_the_sources_are_those_of_the_registry() -> None:
    assert set(SOURCES) == set(all_sources())
    assert set(SECTIONS) == {setting.section for setting in SETTINGS if setting.section}


def test_every_variable_that_the_code_names_is_listed() -> None:
    named: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            named |= set(re.findall(r"env\.get\(\s*f?[\"'](DESKMART_[A-Z_]+)[\"']", path.read_text(encoding="utf-8")))
    assert {"DESKMART_HOME", "DESKMART_TOKEN_KEY", "DESKMART_THREADS"} <= named
    assert named - VARIABLES == set()


def test_every_option_a_source_reads_is_listed() -> None:
    for source in SOURCES:
        names = {
            one.name or one.variable.rpartition(f"{source.upper()}_")[2].lower()
            for one in SETTINGS
            if one.section == f"sources.{source}"
        }
        shared = {"url", "wait_scale"} if source in ("zendesk", "chatwoot") else set()
        read: set[str] = set()
        for path in (ROOT / "ingestion" / "sources").glob(f"{source}*.py"):
            text = path.read_text(encoding="utf-8")
            read |= set(re.findall(r"(?:options\.get|secrets\.get|need)\(\"(\w+)\"", text))
        assert read | shared <= names, source


@pytest.mark.parametrize("setting", [pytest.param(one, id=f"{one.section}.{one.name}") for one in WITH_DEFAULT])
def test_a_default_of_the_list_is_the_one_that_counts(setting: Setting, tmp_path: Path) -> None:
    said: Any = tomllib.loads(f"x = {setting.default}")["x"]
    settings = Settings(tmp_path)
    place = {"alerts": settings.alerts, "serving": settings.serving}.get(setting.section, settings)
    counts = getattr(place if hasattr(place, setting.name) else settings, setting.name)
    assert (list(counts) if isinstance(counts, tuple) else counts) == said


def test_the_commented_file_is_valid_as_it_is_and_with_everything_switched_on(tmp_path: Path) -> None:
    for text in (commented_config(), SWITCHED_ON):
        (tmp_path / "deskmart.toml").write_text(text, encoding="utf-8")
        settings = load_settings(tmp_path, {})
    assert set(settings.sources) == set(SOURCES)
    assert settings.alerts.channels == ("email",)
    assert [limit.kpi for limit in settings.alerts.kpis] == ["service_level", "abandon_rate"]


def test_no_secret_is_a_name_of_the_file() -> None:
    assert [setting.variable for setting in SETTINGS if setting.is_secret and setting.name] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("threds = 3", "did you mean threads", id="at the top"),
        pytest.param("[source.zendesk]\nurl = 'http://x'", "did you mean sources", id="a section"),
        pytest.param("[sources.asterisk]\npath = '/x'\ntimezonne = 'UTC'", "did you mean timezone", id="an option of a source"),
        pytest.param("alerts = 3", "no table", id="alerts that are no table"),
    ],
)
def test_a_slip_of_the_pen_is_refused_with_the_name_that_was_meant(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "deskmart.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        load_settings(tmp_path, {})


def test_connections_are_named_once() -> None:
    assert len({one.id for one in CONNECTIONS}) == len(CONNECTIONS)
    assert {f"deskmart_{name}" for name in SOURCES if name != "file_drop"} <= {one.id for one in CONNECTIONS}
