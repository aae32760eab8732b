"""What people of a random world say that screening finds, reviews of compliance, transcripts of calls, verdicts on findings."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from tests.oracle.world_staff import CLOSINGS, Stage

AGENTS = (
    "，您加我微信",
    "，把验证码发给我就行",
    "，他的电话是13987654321",
    "，会打13812345678",
    "，您的账户余额是320元",
    "，请先核对一下您的身份信息",
    "，祝您生活愉快，再见",
    "，您好",
    "，请不要加陌生人微信",
)
CUSTOMERS = (
    "，我的电话是13812345678",
    "，太差劲了",
    "，服务很好，很满意",
    "，我要打12315投诉你们",
    "，是13987654321吗",
    "，不差劲",
)
VERDICTS = ("missing_greeting", "missing_sign_off", "no_reply")


def words(stage: Stage) -> None:
    """Changes and adds rows with dice of its own, so that nothing else of the world depends on it."""
    dice = Random(f"words of {stage.seed}")
    _transcripts(stage, dice)
    for message in stage.rows.get("messages", []):
        if message.get("text") and message["text"] not in CLOSINGS and dice.random() < 0.3:
            said = AGENTS if message["sender_type"] != "customer" else CUSTOMERS
            message["text"] += dice.choice(said)
        elif dice.random() < 0.02:
            message["text"] = None
    for review in stage.rows.get("reviews", []):
        if dice.random() < 0.3:
            review["dimension"] = dice.choice(["compliance", "Compliance"])
    for leg in stage.rows["contact_legs"]:
        leg["is_risk_flagged"] = dice.choice([True, False, None])
    _verdicts(stage, dice)


def _transcripts(stage: Stage, dice: Random) -> None:
    """Of some answered calls: customer and agent, and the customer once more."""
    for leg in list(stage.rows["contact_legs"]):
        if (
            leg["channel_group"] == "voice"
            and leg.get("answered_at") is not None
            and leg.get("agent_id")
            and dice.random() < 0.15
        ):
            lines: list[tuple[str, float, dict[str, Any]]] = [
                ("customer", 1.0, {}),
                ("agent", 2.0, {"sender_id": leg["agent_id"]}),
                ("customer", 3.0, {}),
            ]
            for sender, after, more in lines:
                at = leg["answered_at"] + timedelta(seconds=after)
                row = {"message_id": stage.id("M"), "contact_id": leg["contact_id"], "sender_type": sender, "text": "说明一下"}
                stage.add("messages", sent_at=at, is_public=True, is_automatic=False, **row, **more)


def _verdicts(stage: Stage, dice: Random) -> None:
    subjects = [f"human_review:{row['review_id']}" for row in stage.rows.get("reviews", []) if dice.random() < 0.2]
    contacts = {row["contact_id"] for row in stage.rows["contact_legs"] if row["channel_group"] == "chat"}
    subjects += [f"{dice.choice(VERDICTS)}:{contact}" for contact in sorted(contacts) if dice.random() < 0.2]
    for subject in dict.fromkeys(subjects):
        verdict = {"verdict": dice.choice(["dismissed", "dismissed", "stands"]), "decided_by": "Wang", "reason": "looked at"}
        stage.add(
            "finding_verdicts",
            finding_id=subject,
            decided_at=stage.start + timedelta(days=dice.randrange(stage.days), seconds=1),
            **verdict,
        )
