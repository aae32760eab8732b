"""The rules of screening as data: `rules/*.yml`, an entry per version of a rule.

Patterns are regular expressions of words: `zh` ones are looked for in the text without signs and spaces, `en` ones as whole words.
`…` stands for up to eight characters of the same clause (zh), up to four words (en). Whatever a pattern leaves open must stand in a
group or be a `…`, so that the rest of a match, which a snippet shows, is words of the rule and not of the writer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from deskmart.errors import GateError
from expectations.screening_text import BREAKERS

FOLDER = Path(__file__).parent / "rules"
KINDS = ("compliance", "pii", "sentiment", "risk", "script", "sequence")
SEVERITIES = ("critical", "major", "minor", "info")
SPEAKERS = ("agent", "customer", "any")
_GAP_ZH = rf"([^{BREAKERS}]{{0,8}}?)"
_GAP_EN = r"((?:[^\s.!?;,]+ ){0,4}?)"
_NEEDED = ("id", "version", "kind", "speaker", "severity", "effective_from", "name", "sentence")


@dataclass(frozen=True, slots=True)
class ScreeningRule:
    """One version of a rule, in force on the days `[effective_from, effective_until)`.

    `zh` and `en` are its patterns, or `detector` names the value it looks for; a rule of the kind `sequence` has neither, for it is
    made of other rules' markers in the warehouse. `finds` and `passes` are examples.
    """

    id: str
    version: int
    kind: str
    speaker: str
    severity: str
    effective_from: date
    effective_until: date | None
    names: tuple[str, str]
    sentences: tuple[str, str]
    polarity: str | None = None
    detector: str = ""
    zh: re.Pattern[str] | None = None
    en: re.Pattern[str] | None = None
    finds: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()

    def is_in_force(self, day: date | None) -> bool:
        """Whether the rule judges a text of that day; without a day the newest version does."""
        if day is None:
            return self.effective_until is None
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)


def rules_version() -> str:
    """A hash over the rules and the code that applies them."""
    return _version_of(FOLDER)


@cache
def _version_of(folder: Path) -> str:
    paths = (*sorted(folder.glob("*.yml")), *sorted(Path(__file__).parent.glob("screening*.py")))
    hashes = " ".join(f"{path.name}={hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths)
    return hashlib.sha256(hashes.encode()).hexdigest()[:16]


@cache
def read_rules(folder: Path = FOLDER) -> tuple[ScreeningRule, ...]:
    """Every version of every rule. Raises `GateError` when there is none or one cannot be read: then nothing may be screened."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries: list[Mapping[str, Any]] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            found = yaml.load(path.read_text(encoding="utf-8"), loader)  # a safe loader, in C where there is one
        except (OSError, yaml.YAMLError) as error:
            raise GateError(f"the rules in {path.name} cannot be read", todo="mend the file; no text was screened") from error
        if not isinstance(found, list):
            raise GateError(f"{path.name} is no list of rules", todo="mend the file; no text was screened")
        entries += found
    rules = tuple(_rules_of(entries))
    if not any(rule.zh or rule.en or rule.detector for rule in rules):
        raise GateError("there are no screening rules", todo=f"restore {folder.name}/*.yml; no text was screened")
    return rules


def _rules_of(entries: Sequence[Mapping[str, Any]]) -> Iterator[ScreeningRule]:
    versions: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        versions.setdefault(_checked(entry)["id"], []).append(entry)
    for rule_id, found in versions.items():
        found.sort(key=lambda entry: entry["version"])
        starts = [entry["effective_from"] for entry in found]
        numbers = [entry["version"] for entry in found]
        if len(set(numbers)) < len(numbers) or starts != sorted(set(starts)):
            raise _broken(rule_id, "its versions do not follow each other")
        for entry, until in zip(found, (*starts[1:], None), strict=True):
            yield _rule(entry, until)


def _checked(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(entry.get("id", "without id"))
    if missing := [key for key in _NEEDED if key not in entry]:
        raise _broken(name, f"it has no {', '.join(missing)}")
    if entry["kind"] not in KINDS or entry["severity"] not in SEVERITIES or entry["speaker"] not in SPEAKERS:
        raise _broken(name, "its kind, severity or speaker is not known")
    if (entry["kind"] == "sequence") == any(entry.get(key) for key in ("zh", "en", "detector")):
        raise _broken(name, "it needs patterns or a detector, and a rule of sequence has none")
    return entry


def _rule(entry: Mapping[str, Any], until: date | None) -> ScreeningRule:
    return ScreeningRule(
        id=entry["id"],
        version=int(entry["version"]),
        kind=entry["kind"],
        speaker=entry["speaker"],
        severity=entry["severity"],
        effective_from=entry["effective_from"],
        effective_until=until,
        names=(entry["name"]["zh"], entry["name"]["en"]),
        sentences=(entry["sentence"]["zh"], entry["sentence"]["en"]),
        polarity=entry.get("polarity"),
        detector=entry.get("detector", ""),
        zh=_compiled(entry, "zh"),
        en=_compiled(entry, "en"),
        finds=tuple(entry.get("finds", ())),
        passes=tuple(entry.get("passes", ())),
    )


def _compiled(entry: Mapping[str, Any], language: str) -> re.Pattern[str] | None:
    patterns = entry.get(language)
    if not patterns:
        return None
    if language == "zh":
        text = "|".join(patterns).replace("…", _GAP_ZH)
    else:
        text = rf"(?<![\w'])(?:{'|'.join(patterns)})(?![\w'])".replace("… ", _GAP_EN).replace(" ", r"[\s,]+")
    try:
        return re.compile(text)
    except re.error as error:
        raise _broken(entry["id"], f"a pattern is no regular expression ({error.msg})") from error


def _broken(rule_id: str, what: str) -> GateError:
    return GateError(f"screening rule {rule_id}: {what}", todo="mend expectations/rules; no text was screened")
