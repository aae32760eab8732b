"""Canonical streams that people keep rather than systems: attendance, verdicts, costs, corrections, the vendors' own figures."""

from __future__ import annotations

from ingestion.canonical_fields import CanonicalStream, code, text, typed

ACTIVITIES = ("work", "meal", "break", "training", "meeting")
SCOPES = ("company", "channel", "queue", "team", "agent")

ATTENDANCE = CanonicalStream(
    fields=(text("agent_id"), code("activity", ACTIVITIES), typed("starts_at", "timestamp"), typed("ends_at", "timestamp")),
    key=("agent_id", "starts_at", "activity"),
    dated="starts_at",
)
FINDING_VERDICTS = CanonicalStream(
    fields=(
        text("finding_id"),
        code("verdict", ("stands", "dismissed")),
        text("decided_by"),
        typed("decided_at", "timestamp"),
        text("reason"),
    ),
    key=("finding_id",),
    version="decided_at",
    dated="decided_at",
)
COSTS = CanonicalStream(
    fields=(text("month"), text("cost_center"), typed("amount", "number"), text("currency")),
    key=("month", "cost_center", "currency"),
)
ADJUSTMENTS = CanonicalStream(
    fields=(text("subject"), text("kpi"), text("reason"), text("approved_by"), typed("approved_at", "timestamp")),
    key=("subject", "kpi"),
    version="approved_at",
    dated="approved_at",
)
VENDOR_FIGURES = CanonicalStream(
    fields=(
        text("source"),
        typed("service_date", "date"),
        code("scope", SCOPES),
        text("scope_id"),
        text("metric"),
        typed("value", "number"),
    ),
    key=("source", "service_date", "scope", "scope_id", "metric"),
)
