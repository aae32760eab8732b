"""What customers of a random world do beside talking: they buy, return, complain; and what is noted and judged of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.oracle.world_staff import Raw, Stage

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
AFTER = (timedelta(0), MICROSECOND, timedelta(minutes=3), timedelta(hours=5), 3 * DAY, 3 * DAY + MICROSECOND, 9 * DAY)
BEFORE = (-7 * DAY, -7 * DAY - MICROSECOND, -2 * DAY)
DIMENSIONS = ("reply_accuracy", "communication", "attitude", "knowledge")


def notes(stage: Stage) -> None:
    """Dispositions and leads on legs; complaints and labels on legs and tickets."""
    random = stage.random
    for leg in stage.rows["contact_legs"]:
        leg["disposition"] = random.choice(["done", "done", None])
        leg["has_lead"] = random.choice([True, False, None])
        if random.random() < 0.05:
            leg |= {"is_complaint": True, "complaint_about_agent_id": random.choice([None, "A2", "A3"])}
    for ticket in stage.rows.get("tickets", []):
        if random.random() < 0.1:
            ticket |= {"is_complaint": True, "complaint_about_agent_id": random.choice([None, "A2", "ext-1"])}
        ticket["is_complex"] = random.choice([None, False, False, False, True])


def orders(stage: Stage) -> None:
    """Around contacts of known customers: paid at the windows' edges, in two currencies, refunded in part, fully, too late."""
    random = stage.random
    for leg in list(stage.rows["contact_legs"]):
        customer = {name: leg[name] for name in ("customer_id", "customer_phone", "customer_email") if leg.get(name) is not None}
        if customer and random.random() < 0.25:
            _order(stage, customer, leg["offered_at"] + random.choice([*AFTER, *AFTER, *BEFORE]))


def _order(stage: Stage, customer: Raw, paid: datetime) -> None:
    random = stage.random
    created = paid - random.choice([timedelta(minutes=1), 4 * DAY])
    amount = round(random.uniform(5, 900), 2)
    row: Raw = {
        "order_id": stage.id("O"), "shop": "main", "created_at": created, "amount": amount, "item_count": 3,
        "currency": random.choice(["CNY", "CNY", "USD"]), "distinct_products": random.choice([1, 1, 2, 3, None]), **customer,
    }  # fmt: skip
    if random.random() < 0.3:
        stage.add("orders", **row, version_at=created, status="created")
    if random.random() < 0.1:
        return
    stage.add("orders", **row, version_at=paid, paid_at=paid, status="paid")
    back = random.choice([None, None, None, 5.0, round(amount / 2, 2), amount, amount])
    if back is not None:
        refunded = paid + random.choice([timedelta(hours=1), 7 * DAY, 7 * DAY + MICROSECOND])
        stage.add(
            "orders", **row, version_at=refunded, paid_at=paid, status="refunded", refunded_amount=back, refunded_at=refunded
        )


def reviews(stage: Stage) -> None:
    """Of some contacts and of none: several criteria, critical failures, appeals, overturned ones."""
    random = stage.random
    for leg in list(stage.rows["contact_legs"]):
        if leg.get("agent_id") is None or leg.get("ended_at") is None or random.random() > 0.1:
            continue
        review, at = stage.id("R"), leg["ended_at"] + random.choice([timedelta(hours=2), 3 * DAY])
        contact = None if random.random() < 0.1 else leg["contact_id"]
        for number in range(random.randint(1, 4)):
            stage.add(
                "reviews", review_id=review, criterion=f"c{number}", dimension=random.choice(DIMENSIONS), contact_id=contact,
                agent_id=leg["agent_id"], reviewed_at=at, score=float(random.randint(0, 10)), max_score=10.0,
                is_critical_failure=random.random() < 0.08,
                status=random.choice(["final", "final", "final", "final", "appealed", "overturned"]),
            )  # fmt: skip
