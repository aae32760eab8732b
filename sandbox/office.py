"""Files of the office behind the shop: quality reviews, surveys of loyalty and effort, chat agents' states, what a month cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.staffing import planned
from sandbox.world import World

WEEK_DAYS = 7
CRITERIA = (
    ("回复准确", "答案正确", 10),
    ("回复准确", "流程正确", 10),
    ("沟通技巧", "倾听确认", 5),
    ("沟通技巧", "表达清楚", 5),
    ("服务态度", "礼貌耐心", 10),
)
"""Dimension, criterion and full score of a quality review."""
REVIEWED, ASKED, ANSWERED = 0.03, 0.1, 0.4
"""Shares: of answered calls that are reviewed, of answered calls whose caller is asked later on, of those who answer."""
COSTS = (("薪酬", 98_000_00, 31), ("系统与线路", 12_500_00, 7), ("场地", 9_800_00, 0))
"""Cost centre, fen a month for a shop of one contact a day, and what each contact a day adds."""


@dataclass(frozen=True, slots=True)
class Handled:
    """An answered contact as quality control and surveys see it."""

    contact_id: str
    agent_id: str
    ended_at: int
    is_resolved: bool


def office_files(world: World, now: int) -> Iterator[tuple[str, tuple[str, ...], list[tuple[object, ...]]]]:
    """(name, header, rows) of every file there at `now`: of reviews, surveys and chat agents' states one a week each, one of costs."""
    found = _handled(world)
    for first in range(0, world.days, WEEK_DAYS):
        begin, end = world.calendar.midnight(first), world.calendar.midnight(min(first + WEEK_DAYS, world.days))
        if end > now:
            break
        last = min(first + WEEK_DAYS, world.days) - 1
        days = f"{world.calendar.day(first):%Y%m%d}_{world.calendar.day(last):%Y%m%d}"
        mine = [one for one in found if begin <= one.ended_at < end]
        yield f"quality_reviews_{days}.csv", REVIEW_HEADER, _reviews(world, first, mine, end)
        yield f"experience_surveys_{days}.csv", SURVEY_HEADER, _surveys(world, first, mine, end)
        yield f"chat_states_{days}.csv", STATE_HEADER, _chat_states(world, begin, end)
    yield "costs.csv", ("月份", "成本中心", "金额", "币种"), _costs(world)


REVIEW_HEADER = ("质检编号", "会话编号", "工号", "质检时间", "维度", "评分项", "得分", "满分", "一票否决", "状态")
SURVEY_HEADER = ("问卷编号", "会话编号", "工号", "题目", "邀请时间", "回答时间", "分数", "意见")
STATE_HEADER = ("工号", "状态", "开始", "结束")
STATES = {"work": "在线", "meal": "用餐", "break": "小休", "training": "培训", "meeting": "会议"}


def _handled(world: World) -> list[Handled]:
    calls = [
        Handled(f"asterisk:{call.call_id}", leg.agent_id, leg.ended_at, call.is_resolved)
        for call in world.truth.calls
        for leg in call.legs[-1:]
        if call.direction == "inbound" and leg.outcome == "answered" and leg.agent_id
    ]
    hotline = [
        Handled(f"hotline:{call.call_id}", call.agent_id, call.ended_at, call.is_resolved)
        for call in world.truth.hotline
        if call.outcome == "answered" and call.agent_id and not call.is_test
    ]
    return sorted([*calls, *hotline], key=lambda one: (one.ended_at, one.contact_id))


def _reviews(world: World, first: int, found: list[Handled], end: int) -> list[tuple[object, ...]]:
    rng, rows = world.random(f"reviews {first}"), list[tuple[object, ...]]()
    for one in found:
        if rng.random() >= REVIEWED:
            continue
        number = f"QA{world.calendar.day(first):%y%m%d}{len(rows) // len(CRITERIA) + 1:04d}"
        at = world.calendar.stamp(min(end - 1, one.ended_at + rng.randint(HOUR, 3 * DAY)))
        failed = rng.random() < 0.03
        status = rng.choices(("已完成", "申诉中", "已撤销"), (94, 4, 2))[0]
        for dimension, criterion, full in CRITERIA:
            score = full - rng.choices((0, 1, 2, full // 2), (70, 15, 10, 5))[0]
            veto = "是" if failed and criterion == "流程正确" else "否"
            rows.append((number, one.contact_id, one.agent_id, at, dimension, criterion, score, full, veto, status))
    return rows


def _surveys(world: World, first: int, found: list[Handled], end: int) -> list[tuple[object, ...]]:
    rng, stamp, rows = world.random(f"experience {first}"), world.calendar.stamp, list[tuple[object, ...]]()
    for one in found:
        if rng.random() >= ASKED:
            continue
        question = rng.choices(("推荐意愿", "省力程度", "是否解决"), (45, 35, 20))[0]
        asked = one.ended_at + 5 * MINUTE
        answered = asked + rng.randint(MINUTE, 2 * DAY)
        score: object = ""
        if question == "推荐意愿":
            score = rng.choices(range(11), (1, 1, 1, 2, 2, 4, 6, 13, 25, 25, 20) if one.is_resolved else (9,) * 5 + (10,) * 6)[0]
        elif question == "省力程度":
            score = rng.choices(range(1, 8), (2, 3, 5, 10, 25, 30, 25) if one.is_resolved else (20, 20, 18, 15, 12, 10, 5))[0]
        else:
            score = int(one.is_resolved)
        told = rng.random() < ANSWERED and answered < end
        number = f"EX{world.calendar.day(first):%y%m%d}{len(rows) + 1:05d}"
        rows.append(
            (
                number,
                one.contact_id,
                one.agent_id,
                question,
                stamp(asked),
                stamp(answered) if told else "",
                score if told else "",
                "",
            )
        )
    return rows


def _chat_states(world: World, begin: int, end: int) -> list[tuple[object, ...]]:
    """What the chat desk's own clock shows of who works or once worked in chat: no API of the chat tells states that are past."""
    rng, stamp, rows = world.random(f"chat states {begin}"), world.calendar.stamp, list[tuple[object, ...]]()
    for duty in world.rota.duties:
        if not begin <= duty.starts_at < end or all(kind != "chat" for _, kind in duty.agent.stays):
            continue
        stretches, late = planned(duty), rng.randint(-120, 300)
        for place, stretch in enumerate(stretches):
            starts_at = stretch.starts_at + (late if place == 0 else 0)
            ends_at = stretch.ends_at + (late if place == len(stretches) - 1 else 0)
            rows.append((duty.agent.agent_id, STATES[stretch.activity], stamp(starts_at), stamp(ends_at)))
    return rows


def _costs(world: World) -> list[tuple[object, ...]]:
    months = sorted({f"{world.calendar.day(index):%Y-%m}" for index in range(world.days)})
    return [
        (month, center, f"{(basis + each * world.contacts_per_day * 100) / 100:.2f}", "CNY")
        for month in months
        for center, basis, each in COSTS
    ]
