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
}
