"""How to read the KPIs of response and of first contacts: words of the KPI glossary."""

from __future__ import annotations

from collections.abc import Mapping

RESPONSE_READING: Mapping[str, str] = {
    "frt_customer": (
        "The same contacts as `frt`, from the customer's first words on, so the bot's part is in it: the gap to `frt` is what the bot took. "
        "Dated by those words. 含机器人阶段，与首响时间之差即转人工前的等待。"
    ),
    "frt_business": (
        "The same contacts as `frt`; only seconds inside the queue's calendar count, so a reply before opening time is 0 s. "
        "非工作时间不计，开门前的回复记 0 秒。"
    ),
    "three_min_reply_rate": (
        "Each turn counts once its time has passed, also when nobody ever replied: the reply itself must come, `avg_response` forgives "
        "silence. 未回复的轮次计入分母。"
    ),
    "sla_met_rate": (
        "Promises kept of promises due: many quick replies outweigh one ticket that never ends, so look at `fct_sla_deadlines.metric`, too. "
        "A deadline counts when it is due, not when it is met. 到期才计入，提前完成不提前计。"
    ),
    "record_completeness": (
        "The fields the policy asks for, as the source tells them now; it does not tell when they were filled in, so the 24 h only say when a "
        "contact counts. 24 小时后按现有记录判断。"
    ),
    "fcr_identified_share": (
        "How much of the work `fcr` and `ocr` can speak of. When it moves, they may move without anybody having worked differently. "
        "识别率变化会带动首次解决率变化。"
    ),
    "ocr": (
        "The denominator of `fcr`; a repeat in any channel counts against it, so it is never above `fcr`. The gap is customers who changed "
        "the channel. 与首次解决率之差即换渠道再来者。"
    ),
}
