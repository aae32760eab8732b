"""How well the rules find what they should: precision and recall of each on messages that people have labelled.

A labelled set is YAML: a list of `{rules, texts}`, `rules` being the ids that should find something in each of the texts (neither
denied nor quoted). Texts without any are hard negatives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from deskmart.errors import UsageError
from expectations.screening import language_of
from expectations.screening_rules import read_rules
from expectations.screening_scan import scan

LABELLED = Path(__file__).resolve().parent.parent / "tests" / "screening" / "labelled.yml"


@dataclass(frozen=True, slots=True)
class Score:
    """Of one rule: messages labelled with it, messages it was found in, and those in which both agree."""

    rule: str
    labelled: int
    found: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        return self.right / self.labelled if self.labelled else None


@dataclass(frozen=True, slots=True)
class Quality:
    """The scores of all rules in order of their ids, and a line per message that a rule got wrong."""

    messages: int
    languages: str
    scores: Sequence[Score]
    misses: Sequence[str]


def measured(path: Path) -> Quality:
    """Run all rules over a labelled set. Raises `UsageError` when there is none or it names a rule that does not exist."""
    labelled = [(text, set(group["rules"])) for group in _read(path) for text in group["texts"]]
    texts, wanted = [text for text, _ in labelled], [rules for _, rules in labelled]
    known = {rule.id for rule in read_rules() if rule.kind != "sequence"}
    if strange := sorted(set().union(*wanted) - known):
        raise UsageError(f"{path.name} is labelled with {', '.join(strange)}", todo=f"known: {', '.join(sorted(known))}")
    found: list[set[str]] = [set() for _ in texts]
    for one in scan(pa.array(texts, pa.string())):
        if not one.hit.is_negated and not one.hit.is_quoted:
            found[one.place].add(one.rule.id)
    misses = [
        f"{rule} {'missed' if rule in labels else 'wrong'}: {text}"
        for text, labels, rules in zip(texts, wanted, found, strict=True)
        for rule in sorted(labels ^ rules)
    ]
    languages = Counter(language_of(text) for text in texts)
    return Quality(
        len(texts),
        ", ".join(f"{count} {language}" for language, count in languages.most_common()),
        [_score(rule, wanted, found) for rule in sorted(known)],
        misses,
    )


def _score(rule: str, wanted: Sequence[set[str]], found: Sequence[set[str]]) -> Score:
    right = sum(rule in labels and rule in rules for labels, rules in zip(wanted, found, strict=True))
    return Score(rule, sum(rule in labels for labels in wanted), sum(rule in rules for rules in found), right)


def _read(path: Path) -> Sequence[Mapping[str, Any]]:
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"{path} cannot be read as a labelled set", todo="give one by --labelled FILE") from error
    if not isinstance(found, list) or not found or not all(_is_group(one) for one in found):
        raise UsageError(f"{path} is no labelled set", todo="write a list of {rules, texts}")
    return found


def _is_group(one: Any) -> bool:
    if not isinstance(one, dict) or one.keys() != {"rules", "texts"}:
        return False
    return all(isinstance(each, str) for each in (*one["rules"], *one["texts"]))
