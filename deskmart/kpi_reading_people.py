"""How to read the KPIs of satisfaction, sales and quality: words of the KPI glossary."""

from __future__ import annotations

from collections.abc import Mapping

PEOPLE_READING: Mapping[str, str] = {
    "csat_mean": (
        "Scores of all scales as 1 to 5, each answer once; it hides what `rating_bad` shows: 3 and 3 is as good as 1 and 5. "
        "均分会掩盖两极评价。"
    ),
    "rating_good": "The same as `csat`, beside neutral and bad; the three add up to 1. 好、中、差三率之和为 1。",
    "rating_neutral": "Neither good nor bad; no direction is better. 不作好坏判断。",
    "rating_bad": "The answers to read first; with `low_score_no_reason` for how many of them say why. 差评应逐条阅读。",
    "rating_good_count": "A part of `rating_good`, for sums over days and members. 可跨日相加。",
    "rating_neutral_count": "A part of `rating_neutral`, for sums over days and members. 可跨日相加。",
    "rating_bad_count": "A part of `rating_bad`, for sums over days and members. 可跨日相加。",
    "survey_response_rate": (
        "Dated by the invitation, so a week is final only 7 d later. Automatic ratings are no answers, and answers that nobody asked for "
        "are not in it. When it is low, `csat` speaks for few. 自动好评不算作答；参与率低时满意度代表性差。"
    ),
    "nps": "From −1 to 1, shown ×100. 7 and 8 count only below the line. Only answers on a 0–10 scale. 取值 −100 至 100。",
    "ces": "The share of customers for whom it was easy (5–7 of 7). Only answers on a 1–7 scale. 5–7 分表示省力。",
    "low_score_no_reason": (
        "A bad rating without a word; a reason picked from a list is no comment. 未写评语的差评；仅勾选原因不算评语。"
    ),
    "inquiry_conversion": (
        "Customers, not contacts: whoever asks three times on a day is one inquirer. The seller is the last human before the payment, "
        "who need not be the first to answer. Final after 72 h and the 7 d in which a full refund undoes it. 按客户日计，非按会话计。"
    ),
    "aov": (
        "One variant per currency; currencies are never added. Partial refunds of the first 7 d are taken off, later ones are not. "
        "各币种分列，不相加。"
    ),
    "cross_sell_rate": "Orders whose number of products the shop does not tell are in neither part. 未提供商品种数的订单不计。",
    "repurchase_rate": (
        "A buyer is a customer on the day of his first assisted order; another order of the same day is no return. Final after 90 d and the 7 d "
        "of a refund. 同日再购不算复购；97 天后才结算。"
    ),
    "lead_rate": (
        "Of handled inbound contacts whose system tells whether contact data was won; where nobody tells, nothing is guessed. "
        "系统未记录是否获线的联系不计入。"
    ),
    "reply_accuracy": (
        "Points of points, not a mean of checks: a long check weighs more. While one criterion is appealed the whole check is in "
        "`pending_size`. 按分值汇总，非各次得分的平均。"
    ),
    "communication": "As `reply_accuracy`, for criteria of the dimension communication. 同回复准确率，维度不同。",
    "attitude": (
        "As `reply_accuracy`, for the dimension attitude. A critical failure anywhere in a check zeroes it here, too. "
        "任一关键差错使整单各维度记 0。"
    ),
    "negative_sentiment_rate": (
        "Words of the customer, not a mood measured: read the contacts. Only contacts whose customer wrote something that was screened; "
        "`sentiment_coverage` says how many that is. A team or agent answers only for what came after its first reply, so members do not "
        "sum to the company. 先看覆盖率；客服只对其首次回复之后的情绪负责，各客服之和不等于公司。"
    ),
    "positive_sentiment_rate": "As `negative_sentiment_rate`; a contact may be in both. 同一联系可同时计入正面与负面。",
    "sentiment_coverage": "Stands beside both rates: calls without a transcript are not screened. 未转写的电话不在筛查范围内。",
    "compliance_pass_rate": (
        "One critical finding fails the contact, for company, channel and queue and for whoever wrote it; nobody answers for another's "
        "message, so members of team and agent do not sum to the company. A review under appeal keeps the contact in `pending_size`. A verdict "
        "`dismissed` in finding_verdicts lifts a finding. 一次严重违规即不合格；只对本人消息负责；被驳回的发现不计。"
    ),
    "compliance_findings": (
        "Findings, not contacts: one contact may have several. Which rules there are, how severe each is and since when stands in the seed "
        "`compliance_rules`; dismissed findings leave. 按发现计数，非按联系。"
    ),
    "pii_leak_rate": (
        "What this customer wrote before in the same chat or ticket may be repeated; anybody else's data, or data out of the records, "
        "may not. 客户本人在此会话或工单中写过的信息可以复述。"
    ),
    "risk_flag_rate": (
        "Of contacts in which the customer threatens with a regulator, a court, the press or harm: how many were flagged or escalated. "
        "Final 7 d after the contact's end; few rows, so read the sample. 样本少，须看样本量。"
    ),
    "compliance_coverage": (
        "How much of the work `compliance_pass_rate` speaks of; human reviews are not counted here. 合规率所覆盖的工作比例，不含人工质检。"
    ),
}
