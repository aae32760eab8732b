"""The files people and other systems drop: HR, logins, partner hotline, orders, shifts, surveys after a call."""

import csv
import io
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from random import Random

from sandbox.clock import DAY
from sandbox.dirt import RATE, soil_bytes, soil_lines
from sandbox.office import office_files
from sandbox.orders import Order, OrderVersion
from sandbox.people import TEAM_OF_KIND
from sandbox.truth import HotlineCall
from sandbox.world import World

ROLES = {"agent": "客服", "supervisor": "主管", "expert": "专家"}
ACTIVITIES = {"work": "工作", "meal": "用餐", "break": "小休", "training": "培训", "meeting": "会议"}
OUTCOMES = {"answered": "接通", "abandoned": "放弃", "overflow": "溢出", "voicemail": "留言"}
CORRECTED_EVERY = 7
"""Every seventh day's hotline file is first delivered with mistakes and corrected two days later."""


def inbox_files(world: World, now: int) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every file there at `now`. A day's file is there once the day is over."""
    yield from _hr(world, now)
    for name, titles, rows in office_files(world, now):
        yield name, _csv(titles, rows, world, name)
    orders = _versions_by_day(world)
    for index in range(world.days):
        if world.calendar.midnight(index + 1) > now:
            return
        day = f"{world.calendar.day(index):%Y%m%d}"
        yield f"shifts_{day}.csv", _shifts(world, index)
        yield f"orders_{day}.jsonl", _orders(world, index, orders.get(index, []))
        yield f"call_surveys_{day}.csv", _surveys(world, index)
        yield from _hotline(world, index, now)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]], world: World, part: str, encoding: str = "utf-8") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    rng = world.random(f"dirt {part}")
    lines = soil_lines(buffer.getvalue().splitlines(), world.dirt, rng, ",")
    body = "\n".join([",".join(header), *lines, ""]).encode(encoding)
    return soil_bytes(body, world.dirt if encoding == "utf-8" else world.dirt - {"bom"}, rng)


def _hr(world: World, now: int) -> Iterator[tuple[str, bytes]]:
    """The staff list, every week and whenever something changed; and all log-ins."""
    calendar, agents = world.calendar, world.roster.agents
    changes = {calendar.index_of(since) for agent in agents for since, _ in agent.stays if since > calendar.start}
    changes |= {calendar.index_of(agent.left_at) for agent in agents if agent.left_at is not None}
    header = ("工号", "姓名", "团队", "部门", "角色", "级别", "邮箱", "生效日期")
    for index in sorted({*range(0, world.days, 7), *changes}):
        at = calendar.midnight(index)
        if at > now:
            break
        rows = []
        for agent in agents:
            if agent.left_at is not None and agent.left_at <= at:
                continue
            team, since = TEAM_OF_KIND[agent.kind_at(at)], max(since for since, _ in agent.stays if since <= at)
            effective = f"{calendar.local(since):%Y-%m-%d}"
            rows.append(
                (
                    agent.agent_id,
                    agent.name,
                    team.team_id,
                    team.department,
                    ROLES[agent.role],
                    team.tier,
                    agent.email,
                    effective,
                )
            )
        yield f"hr_agents_{calendar.day(index):%Y%m%d}.csv", _csv(header, rows, world, f"hr {index}", "utf-8-sig")
    hired = {agent.agent_id: f"{calendar.local(agent.stays[0][0]):%Y-%m-%d}" for agent in agents}
    accounts = [(*account, hired[account[0]]) for account in logins(world)]
    yield "agent_logins.csv", _csv(("工号", "系统", "登录名", "生效日期"), accounts, world, "logins")


def logins(world: World) -> list[tuple[str, str, str]]:
    """(agent id, system, login) of every account."""
    found = []
    for agent in world.roster.agents:
        names = {"asterisk": agent.login, "zendesk": str(agent.zendesk_id), "chatwoot": str(agent.chatwoot_id)}
        found += [(agent.agent_id, system, names[system]) for system in agent.systems]
    return found


def _shifts(world: World, index: int) -> bytes:
    begin, end, stamp = world.calendar.midnight(index), world.calendar.midnight(index + 1), world.calendar.stamp
    rows = [
        (stretch.agent_id, ACTIVITIES[stretch.activity], stamp(stretch.starts_at), stamp(stretch.ends_at))
        for stretch in world.rota.plan
        if begin <= stretch.starts_at < end
    ]
    return _csv(("工号", "活动", "开始", "结束"), rows, world, f"shifts {index}")


def _versions_by_day(world: World) -> dict[int, list[tuple[int, str, Order, OrderVersion]]]:
    """(moment, order id, order, version) of what changed on each day."""
    found: dict[int, list[tuple[int, str, Order, OrderVersion]]] = {}
    begins = [world.calendar.midnight(index) for index in range(world.days + 1)]
    for order in world.orders:
        for version in order.versions:
            if begins[0] <= version.at < begins[-1]:
                day = bisect_right(begins, version.at) - 1
                found.setdefault(day, []).append((version.at, order.order_id, order, version))
    return found


def _orders(world: World, index: int, found: list[tuple[int, str, Order, OrderVersion]]) -> bytes:
    rng = world.random(f"dirt orders {index}")
    lines = []
    for _, _, order, version in sorted(found, key=lambda one: one[:2]):
        record = _order(world, order, version)
        if rng.random() < RATE:
            if "negative_times" in world.dirt:
                record["amount"] = "-" + str(record["amount"])
            elif "unknown_codes" in world.dirt:
                record["status"] = "teleported"
            elif "wrong_types" in world.dirt:
                record["createdAt"] = "yesterday"
        line = json.dumps(record, ensure_ascii=False)
        lines.append(line[: len(line) // 2] if "bad_json" in world.dirt and rng.random() < RATE else line)
    kinds = world.dirt - {"missing_fields", "wrong_types"}
    return soil_bytes("\n".join([*soil_lines(lines, kinds, rng, ","), ""]).encode(), kinds, rng)


def _order(world: World, order: Order, version: OrderVersion) -> dict[str, object]:
    def iso(at: int | None) -> str | None:
        return None if at is None else world.calendar.local(at).isoformat()

    return {
        "orderNo": order.order_id,
        "shop": order.shop,
        "buyerId": order.person.platform_id,
        "mobile": order.person.phone,
        "email": order.person.email,
        "createdAt": iso(order.created_at),
        "paidAt": iso(version.paid_at),
        "status": version.status,
        "amount": f"{order.amount / 100:.2f}",
        "currency": order.currency,
        "refunded": f"{version.refunded / 100:.2f}",
        "refundedAt": iso(version.refunded_at),
        "items": order.item_count,
        "products": order.distinct_products,
        "updatedAt": iso(version.at),
    }


def _surveys(world: World, index: int) -> bytes:
    """Invitations of a day and their answers; an answer of the next day comes with the next day's file."""
    begin, end, stamp = world.calendar.midnight(index), world.calendar.midnight(index + 1), world.calendar.stamp
    rows: list[tuple[object, ...]] = []
    for survey in world.truth.surveys:
        answered = survey.responded_at is not None and survey.responded_at < end
        if not begin <= (survey.responded_at if answered and survey.responded_at else survey.invited_at) < end:
            continue
        answer = (stamp(survey.responded_at), survey.score, survey.comment) if answered and survey.responded_at else ("", "", "")
        rows.append((survey.survey_id, survey.call_id, survey.agent_id, stamp(survey.invited_at), *answer))
    header = ("问卷编号", "通话编号", "坐席工号", "邀请时间", "评价时间", "评分", "意见")
    return _csv(header, rows, world, f"surveys {index}")


def _hotline(world: World, index: int, now: int) -> Iterator[tuple[str, bytes]]:
    begin, end = world.calendar.midnight(index), world.calendar.midnight(index + 1)
    calls = [call for call in world.truth.hotline if begin <= call.offered_at < end]
    header = (
        "通话编号",
        "队列",
        "坐席工号",
        "来电号码",
        "进线时间",
        "接通时间",
        "结束时间",
        "通话时长",
        "结果",
        "满意度",
        "保持时长",
        "主题",
        "小结",
        "留资",
        "是否解决",
        "投诉对象",
    )
    name, rng = f"hotline_{world.calendar.day(index):%Y%m%d}", world.random(f"hotline {index}")
    right = [_hotline_row(world, call) for call in calls]
    first = right
    if index % CORRECTED_EVERY == 3 and len(right) > 3:
        wrong = rng.randrange(len(right))
        first = [row if place != wrong else (*row[:7], "00:00:01", *row[8:]) for place, row in enumerate(right)][:-1]
        if world.calendar.midnight(index + 1) + 2 * DAY <= now:
            yield f"{name}_r1.csv", _csv(header, _spoil(world, right, rng), world, f"{name}_r1", "gb18030")
    yield f"{name}.csv", _csv(header, _spoil(world, first, rng), world, name, "gb18030")


def _hotline_row(world: World, call: HotlineCall) -> tuple[object, ...]:
    stamp = world.calendar.stamp
    return (
        call.call_id,
        call.queue,
        call.agent_id or "",
        (call.phone or "").removeprefix("+86"),
        stamp(call.offered_at),
        "" if call.answered_at is None else stamp(call.answered_at),
        stamp(call.ended_at),
        _length(None if call.talk_seconds is None else call.talk_seconds - (call.hold_seconds or 0)),
        "测试" if call.is_test else OUTCOMES[call.outcome],
        call.score or "",
        _length(call.hold_seconds),
        call.issue.topic,
        call.disposition,
        "是" if call.has_lead else "否",
        "" if call.answered_at is None else "是" if call.is_resolved else "否",
        call.complaint_about or "",
    )


def _length(seconds: int | None) -> str:
    return "" if seconds is None else f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _spoil(world: World, rows: list[tuple[object, ...]], rng: Random) -> list[tuple[object, ...]]:
    """Rows with the kinds of dirt that need to know the columns, each at five times the usual rate: the file is small."""
    spoiled = []
    for row in rows:
        if "negative_times" in world.dirt and rng.random() < 5 * RATE:
            row = (*row[:6], row[4], "-00:00:30", *row[8:])
        if "unknown_codes" in world.dirt and rng.random() < 5 * RATE:
            row = (*row[:8], "未知", *row[9:])
        spoiled.append(row)
    return spoiled
