"""Every rule: an example that passes, one that fails, a severity, an owner, two sentences, a place in the rule book."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from expectations.examples import Example, example_of, table_of, written_codes
from expectations.owners import OWNERS
from expectations.rule import Rule
from expectations.rule_page import PAGE, rule_page
from expectations.suites import suite_for
from expectations.verdicts import judge, judges_rows
from ingestion.registry import all_sources
from ingestion.source import Stream

STREAMS = [(source.name, stream) for source in all_sources().values() for stream in source.streams]
HAN = re.compile("[\u4e00-\u9fff]")
every_stream = pytest.mark.parametrize(
    ("source", "stream"), STREAMS, ids=[f"{source}/{stream.name}" for source, stream in STREAMS]
)


@every_stream
def test_the_examples_of_every_rule_pass_and_fail_as_they_should(source: str, stream: Stream) -> None:
    rules = suite_for(source, stream.name)
    examples = [(rule, example_of(rule, stream)) for rule in rules if judges_rows(rule)]
    parts = list(chain.from_iterable((example.passes, example.fails) for _, example in examples))
    assert all(parts)
    verdicts = {
        verdict.rule.code: verdict
        for verdict in judge(table_of(list(chain(*parts)), stream), rules, [len(part) for part in parts])
    }
    at = 0
    for rule, example in examples:
        wrong = {row - at for row in verdicts[rule.code].rows or ()}
        good, bad = len(example.passes), len(example.fails)
        assert not wrong & set(range(good)), f"{rule.code}: the example that should pass fails"
        assert _is_found(rule, wrong & set(range(good, good + bad)), bad), f"{rule.code}: the example that should fail passes"
        at += good + bad


def _is_found(rule: Rule, wrong: set[int], bad: int) -> bool:
    """All rows that should fail do; of a rule that compares rows one does."""
    return bool(wrong) if rule.compares_rows else len(wrong) == bad


@every_stream
def test_a_rule_over_the_batch_refuses_the_batch_of_its_example(source: str, stream: Stream) -> None:
    rules = [rule for rule in suite_for(source, stream.name) if not judges_rows(rule)]
    for rule in rules:
        example: Example = example_of(rule, stream)
        assert judge(table_of(example.passes, stream), [rule])[0].success
        assert not judge(table_of(example.fails, stream), [rule])[0].success


@every_stream
def test_every_rule_has_severity_owner_and_two_sentences(source: str, stream: Stream) -> None:
    for rule in suite_for(source, stream.name):
        assert rule.severity in ("critical", "warning")
        assert rule.owner in OWNERS
        assert HAN.search(rule.zh) and re.search("[a-z]", rule.en) and not HAN.search(rule.en)


def test_no_example_is_of_a_rule_that_is_gone() -> None:
    known = {rule.code for source, stream in STREAMS for rule in suite_for(source, stream.name)}
    assert written_codes() <= known


def test_the_rule_book_is_the_one_the_suites_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == rule_page(), "run python -m expectations.rule_page"


def test_the_rule_book_has_every_rule_of_every_stream() -> None:
    sections = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    told = {section.split("\n", 1)[0]: set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) for section in sections}
    assert told == {
        f"{source}/{stream.name}": {rule.code for rule in suite_for(source, stream.name)} for source, stream in STREAMS
    }
