"""How to read the KPIs of queues and handling: words of the KPI glossary."""

from __future__ import annotations

from collections.abc import Mapping

QUEUE_READING: Mapping[str, str] = {
    "overflows": "Moved on by a rule, so offered twice: once here, once where they went. 溢出后在另一队列再计一次进线。",
    "callbacks": "The callback itself is another leg, of kind callback; it is handled, not offered. 回拨通话另计处理量。",
    "voicemails": "The customer left words instead of waiting. 客户留言离队。",
    "missed": "Nobody took it and the customer did not leave by himself, such as a chat that the system closed. 非客户主动离开。",
    "flow_outs": "Left the queue for another flow before an answer, such as back into the menu. 未接起即转入其他流程。",
    "short_abandons": "At most S seconds, equality included: who hangs up that soon has hardly waited. 等于 S 秒也算短时。",
    "abandon_time": (
        "How much patience customers have, not how good the service is: below the range few people wait, above it many were kept "
        "waiting. 反映客户耐心，不是越短越好。"
    ),
    "blocked": "Never reached a queue: no agent was logged in, or the queue was full or closed. 未进入队列即被拒。",
    "blocked_rate": "A blocked call is not offered; a fine `answer_rate` may hide behind it. 阻塞不计入进线量，须同看。",
    "queue_time": (
        "Waiting without ringing, of whoever waited at all, whatever came of it. Where a system tells no ringing, the wait counts "
        "whole. 不含振铃；未提供振铃时长的系统按全部等待计。"
    ),
    "ring_time": (
        "The attempt that was answered; earlier rings without an answer are queue time. Divide by the ring cadence (5 s) for the "
        "number of rings. 除以 5 秒即为振铃次数。"
    ),
    "handled_volume": (
        "Work done, by the agent who did it: a transferred call is one for each agent. For customers served see "
        "`contacts_handled`. 转接的通话各计一次。"
    ),
    "hold_time": "Calls that were never held count as 0 where hold is measured, and not at all where it is not. 未测得与 0 不同。",
    "hold_time_held": "Only calls with hold: how long it lasts once it happens. `hold_time` says how much it weighs. 仅统计有持线的通话。",
    "acw_time": (
        "Only legs whose after-call work was measured; what may still arrive is in `pending_size`. Very short may mean that nothing "
        "is written down. 过短可能意味着未做记录。"
    ),
    "transfer_rate": "Asking a colleague (consult) and rings without an answer are none. 咨询与未接振铃不算转接。",
    "contacts_offered": "Customers' contacts, not queue stays: through two queues it is one here and two in `offered`. 经过两个队列仍计一次。",
    "call_volume": "All telephone traffic: blocked, self-service and outbound calls, too. 含被拒、自助与外呼。",
    "abandon_return_rate": (
        "Of those who gave up, how many tried again within a day, in any channel: the part of demand that is counted twice. 衡量重复需求。"
    ),
    "service_level_contact": (
        "What the customer felt: a call that overflows and is answered elsewhere counts once, with its whole wait. 以客户感受为准，跨队列累计。"
    ),
    "customer_wait": "Over all queues until a human answers; `asa` starts anew in each queue. 跨队列累计，ASA 则按队列分别计。",
    "excluded_contacts": "What no other KPI sees. A sudden rise may mean that calls are marked as tests to get rid of them. 突增时应核查。",
    "contacts_handled": "Customers served, each once, by the last agent; `handled_volume` counts each agent's part. 转接后计入最后处理者。",
    "tickets_worked": "A ticket counts once per agent and day, however many replies. 同一客服同日多次回复计一次。",
    "aht_contact": "What a contact costs in work, hand-overs included. Shorter legs with more transfers do not improve it. 含转接各段。",
    "bot_containment_rate": (
        "A customer who cannot be identified is never seen to come back, so read it with the share of identified ones. "
        "无法识别的客户视为未再来。"
    ),
    "cost_per_contact": (
        "A figure of whole months, on their last day: a month that is not over, or with a currency that has no rate, is pending. "
        "只看整月；缺少汇率或月份未完时不出数。"
    ),
}
