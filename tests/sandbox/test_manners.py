"""People of the pretend shop give screening something to find."""

from __future__ import annotations

from random import Random

import pyarrow as pa
import pytest

from expectations.screening_scan import scan
from sandbox.manners import Manners

BY_AGENT = {"greeting", "sign_off", "identity_check", "account_data", "phone"}
BY_CUSTOMER = {"phone", "positive_words", "risk_regulator", "risk_legal"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_manner_is_what_a_rule_finds(language: str) -> None:
    manners = Manners(Random("tests"))
    by_agent, by_customer = [], []
    for _ in range(400):
        manners.begin(language)
        for turn in range(6):
            by_customer.append(manners.customer("还是不行" if language == "zh" else "still not working"))
            line = "已经帮您登记" if language == "zh" else "I have registered it for you"
            by_agent.append(manners.agent(line, is_first=turn == 0, is_last=turn == 5))
    assert found(by_agent) >= BY_AGENT
    assert found(by_customer) >= BY_CUSTOMER


def found(lines: list[str]) -> set[str]:
    return {one.rule.id for one in scan(pa.array(lines)) if not one.hit.is_negated and not one.hit.is_quoted}


def test_nobody_calls_a_number_that_the_customer_of_another_chat_told() -> None:
    manners = Manners(Random("tests"))
    manners.begin("zh")
    while manners.phone is None:
        manners.customer("还是不行")
    told = manners.phone
    manners.begin("zh")
    assert not any(told in manners.agent("好的", is_first=False, is_last=False) for _ in range(300))
