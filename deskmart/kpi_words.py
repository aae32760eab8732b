"""Words of the KPI glossary for what the catalogue only names: columns, kinds, scopes; and how to read each KPI."""

from __future__ import annotations

from collections.abc import Mapping

from deskmart.kpi_reading_people import PEOPLE_READING
from deskmart.kpi_reading_queue import QUEUE_READING
from deskmart.kpi_reading_response import RESPONSE_READING

KINDS: Mapping[str, str] = {
    "count": "count 计数: value = numerator; denominator is null",
    "ratio": "ratio 比率: value = numerator ÷ denominator; null, never 0, when the denominator is 0",
    "stock": "stock 存量: like a count, but never summed over days; a week shows its last day",
}
DIRECTIONS: Mapping[str, str] = {"up": "↑ 越高越好", "down": "↓ 越低越好", "range": "区间内为好", "none": "–"}
GROUPS: Mapping[str, str] = {"voice": "voice 电话", "chat": "chat 在线", "written": "written 工单", "all": "all 全渠道"}
SCOPES: Mapping[str, str] = {
    "company": "company 公司",
    "channel": "channel 渠道",
    "queue": "queue 队列",
    "team": "team 团队",
    "agent": "agent 客服",
}
DATED: Mapping[str, str] = {
    "offered_on": "进线时刻 · the leg's offer",
    "entered_on": "首次进线时刻 · the contact's first offer",
    "called_on": "首段通话开始 · the start of the call's first leg",
    "excluded_on": "首个被剔除段的时刻或工单创建 · the first leg left out, or the ticket's creation",
    "last_handled_on": "最后一段通话结束 · the last end of talk",
    "worked_on": "回复或解决当日 · the day of the reply or solve",
    "bot_ended_on": "机器人接待结束 · the end of the bot's part",
    "costed_on": "当月最后一天 · the last day of the month",
    "handled_on": "通话结束 · the end of talk",
    "response_started_on": "等待开始（首条客户消息或转人工） · when the customer began to wait for a human",
    "customer_wrote_on": "客户首条消息 · the customer's first message",
    "started_on": "轮次开始 · the start of the customer's turn",
    "due_on": "到期时刻 · the moment it is due",
    "last_solved_on": "末次解决 · the last solve of the issue",
    "solved_on": "解决时刻 · the solve",
    "received_on": "收到问题 · the receipt of the issue",
    "ended_on": "联系结束 · the end of the contact",
    "responded_on": "评价时刻 · the answer",
    "invited_on": "邀请时刻 · the invitation",
    "inquired_on": "当日首次咨询 · the customer's first inquiry of the day",
    "paid_on": "付款时刻 · the payment",
    "reviewed_on": "质检时刻 · the review",
    "checked_on": "联系结束；只经人工质检的按质检时刻 · the end of the contact; where only a human review checked it, the review",
    "found_on": "违规发生时刻 · the moment of the finding",
    "service_date": "当地日终 · the end of the local day",
}
CREDITED: Mapping[str, str] = {
    "": "the queue's owner team; no agent rows, for an abandoned leg has no agent 队列所属团队",
    "resolved_agent_id": "the agent of the leg, and that agent's team when it was answered 接听客服",
    "response_agent_id": "the replier and the replier's team at that moment; unanswered: who held it when it was decided 回复者",
    "credited_agent_id": "the last human who handled or solved it inside the window 窗口内最后处理者",
    "complaint_about_agent_id": "the agent complained about, never the one who took the complaint 被投诉的客服",
    "solver_id": "the agent who solved it; automation: nobody 解决者",
    "last_agent_id": "the agent of the contact's last handled leg 最后接待客服",
    "escalation_agent_id": "the first escalator, else the last handler 首位升级者",
    "rated_agent_id": "the rated agent; else that of the last handled leg before the invitation, or the assignee at the last "
    "solve 被评价客服",
    "bot_agent_id": "the bot, where it has a name 机器人",
    "seller_id": "the last human who handled an inquiry before the payment; nothing bought: the last inside the window 付款前最后接待者",
    "writer_id": "each agent who wrote or was reviewed in the contact, by own messages alone; a team likewise, by its messages; "
    "neither sums to the company 参与的每名客服，只看本人消息；团队同理",
    "reviewed_agent_id": "the agent judged, and that agent's team at the end of the contact 被质检客服",
    "assignee_id": "group and assignee at that midnight 当时的受理组与受理人",
    "agent_id": "the agent who did it, and the team of that moment: seconds to the team of each second, an agent-day to the team it "
    "began in 客服本人",
}
ALL_RULES = """\
## 通用规则 · Rules for all

- Rates are stored in [0, 1] and durations in seconds. `value` is rounded once, at the end, to 6 decimals.
- 分子分母同进同出：A row enters numerator and denominator together, once its outcome is final; until then it is in
  `pending_size`. So a young day looks small, not bad. `is_settled` says when a figure is final, `settles_on` from which day.
- 不平均比率：Re-sum numerator and denominator over days and members, then divide. Never average `value`.
- Test, internal and spam legs, and Asterisk legs whose log lines contradict each other (`is_suspect`), are left out of every KPI.
- Each scope has a member `(none)`, so that members sum to the company. 无归属者计入 `(none)`。
- `value_7d` is the last 7 days re-summed, `value_prev_7d` the 7 before, `verdict` better, worse or flat by the KPI's direction.
"""

READING: Mapping[str, str] = {
    **QUEUE_READING,
    **PEOPLE_READING,
    **RESPONSE_READING,
    "offered": (
        "Demand on human queues, not on the company: a caller who stays in two queues is two legs. 一通电话经过两个队列计两段。"
    ),
    "answered": (
        "A part, not a score: divide it by `offered` of the same day and queue. Open legs are in "
        "`pending_size`. 本身不是考核指标。"
    ),
    "answer_rate": (
        "Short abandons stay in, overflow is out: it and `abandon_rate` do not add up to 100 %. 不剔除短时放弃，与放弃率不互补。"
    ),
    "abandon_rate": (
        "`default` forgives whoever hangs up within S, equality included; `seed` forgives nobody. Compare "
        "only the same variant. 比较时口径必须一致。"
    ),
    "service_level": (
        "T and S are set per queue in `dbt_project/seeds/service_level_policies.csv`. Which variant a "
        "contract means decides the figure: see the example. 先确认合同采用哪一种口径。"
    ),
    "asa": (
        "Ringing is included; those who gave up are not. A long queue that everybody leaves has a fine "
        "ASA: read it with `abandon_rate`. 须与放弃率一起看。"
    ),
    "talk_time": ("Legs whose talk was not measured are in neither part; 0 is measured, null is not. 未测得与 0 不同。"),
    "aht": (
        "`default` holds legs of systems that measure after-call work, `talk_hold` those of systems that "
        "do not: never compare one with the other. Shorter is not better when `fcr` falls with it. "
        "缩短时长若拉低首次解决率，并非改进。"
    ),
    "frt": (
        "Chat and written have no common mean. A contact counts as soon as it is replied to; whoever "
        "never was is not in it, so read it with `no_reply_rate`. 未回复者不在其中。"
    ),
    "avg_response": "Per turn, so long conversations weigh more than in `frt`. 按轮次计，长会话权重更大。",
    "no_reply_rate": (
        "A thank-you that needs no answer (谢谢, ok, an emoji) waits for nobody and is in neither part. 结束语不计入。"
    ),
    "resolution_rate": (
        "The state R after receipt, whatever it was in between. A source that does not tell contributes "
        "nothing, so look at `sample_size`. 不提供解决状态的系统不计入。"
    ),
    "fcr": (
        "Customers who cannot be identified are in neither part. A repeat in another channel does not "
        "count against it: a chat that makes people call looks good here. 换渠道再来不计为重复。"
    ),
    "one_touch_rate": (
        "Replies are counted over all tickets of the issue, merged ones and follow-ups too; a solve without any reply stays in the "
        "denominator. 未回复即解决的问题只计入分母。"
    ),
    "reopen_rate": (
        "Per solve, not per issue: a ticket solved twice is two rows. A thank-you that opens a ticket and is solved again "
        "without a reply within 24 h is no reopen. 一张工单解决两次计两次；致谢导致的重开不计。"
    ),
    "contacts_per_resolution": (
        "Of solved issues only, and only contacts up to the solve: unsolved ones may have had many more. Read it with "
        "`resolution_rate`. 仅含已解决问题。"
    ),
    "agents_per_resolution": (
        "Distinct people who spoke with the customer, replied or solved; whoever only read is not told by any source. 仅计处理过的客服。"
    ),
    "escalation_rate": (
        "One escalation is enough; a consultation is none. High in a first-level team is not a fault by itself. 咨询不算升级。"
    ),
    "time_to_resolve": (
        "Waiting for the customer is in it. Unsolved issues are pending, not slow: a day with many of them looks too good, so read it "
        "with `open_age`. 未解决的问题不在其中，须与未解决时长一起看。"
    ),
    "time_to_resolve_business": (
        "The same, on the calendar of the queue that received the issue: nights, weekends and holidays do not count. 仅计工作时间。"
    ),
    "complex_resolution_rate": (
        "Complex by its topic (`dbt_project/seeds/topics.csv`), or by the source's label (`complexity_rules.csv`) if it stood there "
        "before the first agent reply: a label put on afterwards excuses nobody. 事后打的标签不算。"
    ),
    "csat": (
        "Scores are mapped to 1–5 first, whatever the scale. Ratings that the system gave by itself are "
        "not counted. 系统自动好评不计。"
    ),
    "complaint_rate": (
        "Per issue, whoever it is about and however often it was said. A complaint topic counts like the flag; so does an imported "
        "dispute. 投诉主题、投诉标记与平台纠纷均计。"
    ),
    "complaints": (
        "Credited to the agent complained about, so that taking complaints costs nobody. The issue's first complaint that names "
        "somebody decides. 计入被投诉人，而非受理人。"
    ),
    "complaint_resolution_rate": (
        "The state R after receipt, as in `resolution_rate`; credited to the last handler. 收到后 R 天时的状态。"
    ),
    "open_age": (
        "What `time_to_resolve` cannot tell: how long the unsolved ones have waited. One forgotten ticket moves it every day. "
        "Credited to the last handler. 一张被遗忘的工单会逐日拉高。"
    ),
    "backlog_age": (
        "Ages of the tickets in `backlog`, with the group and assignee they have at that midnight. 按当时的受理人计。"
    ),
    "backlog": ("A stock: never sum it over days. Its change is against the same weekday a week before. 不可跨日相加。"),
    "online_time": (
        "Per day on which the agent logged in at all. Whoever has no shift in any file counts with the whole login. Score "
        "`online_rate`, not this. 考核请用在线率。"
    ),
    "online_rate": (
        "Pauses are online: this is presence, not readiness. A planned day without a login is 0, an agent of whom no system tells "
        "states has none. 小休也算在线；未登录的班次为 0。"
    ),
    "ready_time": "Available or busy in any system, inside the shift or not. 不限班次内。",
    "occupancy": (
        "Above the range people burn out, below it they wait. Contact in a pause counts as contact; two chats at once count once. "
        "并发会话只计一次；过高与过低都不好。"
    ),
    "adherence": (
        "By classes of seed `state_classes`: break and meal are one class. Right activity at the wrong time is not adherent. "
        "以状态类别与计划类别逐秒比对。"
    ),
    "handled_per_agent_day": (
        "All channels together, so compare only teams with the same mix. Work of unknown agents is not in it. 各渠道合计，只宜同类团队相比。"
    ),
    "concurrency": "1 means one chat at a time; a busy minute weighs more than a quiet one. ACW is not in it. 1 表示一次一个会话。",
    "aht_chat_adjusted": (
        "What a chat really costs of its agent's time; `aht` counts a second once for each chat held in it. 反映单个会话实际占用的人力时间。"
    ),
}

# The legs of tests/warehouse/golden/queue_outcomes.yml that have an outcome, and what each variant makes of them.
EXAMPLE_LEGS: tuple[tuple[str, str], ...] = (
    ("3 answered 接通", "10 s, 20 s, 20.000001 s"),
    ("4 abandoned 放弃", "5 s (short 短时), 5.000001 s, 20 s, 40 s"),
    ("2 overflow 溢出", "15 s, 60 s"),
    ("1 flow_out 流出, 1 voicemail 留言", "12 s, 20 s"),
    ("1 missed 漏接, 1 callback 回呼", "25 s, 30 s"),
)
EXAMPLE_VARIANTS: tuple[tuple[str, str, int, str, int], ...] = (
    ("offered", "answered ≤ T", 2, "13 − 1 short − 1 overflow ≤ T", 11),
    ("all", "answered ≤ T", 2, "all", 13),
    ("abandoned_ignored", "answered ≤ T", 2, "13 − 3 abandoned ≤ T", 10),
    ("abandoned_positive", "2 answered ≤ T + 3 abandoned ≤ T", 5, "all", 13),
    ("answered", "answered ≤ T", 2, "answered", 3),
    ("removed", "left ≤ T by any way", 8, "all", 13),
)
