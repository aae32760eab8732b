"""The canonical streams: what staging brings every source to, and what file drop takes directly.

Each constant lists the fields of one stream in order; `CANONICAL` has them all with their keys. Times are UTC, durations
seconds, ids plain text that is unique over all sources (`<source>:<id>` unless they come by file).
"""

from __future__ import annotations

from collections.abc import Mapping

from ingestion.canonical_fields import CanonicalStream
from ingestion.canonical_fields import code as _code
from ingestion.canonical_fields import customer as _customer
from ingestion.canonical_fields import identifier as _identifier
from ingestion.canonical_fields import text as _text
from ingestion.canonical_fields import typed as _typed
from ingestion.canonical_office import ADJUSTMENTS, ATTENDANCE, COSTS, FINDING_VERDICTS, VENDOR_FIGURES
from ingestion.source import Field, Mark

CHANNEL_GROUPS = ("voice", "chat", "written")
LEG_KINDS = ("queue", "direct", "transfer", "callback", "outbound", "consult", "self_service")
OUTCOMES = (
    "answered",
    "abandoned",
    "overflow",
    "flow_out",
    "callback",
    "voicemail",
    "missed",
    "blocked",
    "self_service",
    "open",
)
ACW_STATUSES = ("measured", "pending", "missing", "not_measured")
SENDER_TYPES = ("customer", "agent", "bot", "system")
TICKET_STATUSES = ("new", "open", "pending", "hold", "solved", "closed", "deleted")
TICKET_EVENT_FIELDS = ("status", "assignee", "group", "tier", "priority", "merge", "delete", "tags")
SURVEY_KINDS = ("csat", "nps", "ces", "resolved")

_ORDER = _identifier("order_id", "order")

CONTACT_LEGS = CanonicalStream(
    fields=(
        _text("contact_leg_id"),
        _text("contact_id"),
        _text("channel"),
        _code("channel_group", CHANNEL_GROUPS),
        _code("leg_kind", LEG_KINDS),
        _code("direction", ("inbound", "outbound")),
        _text("queue_id"),
        _text("agent_id"),
        *_customer(),
        _typed("offered_at", "timestamp"),
        _typed("assigned_at", "timestamp"),
        _typed("answered_at", "timestamp"),
        _typed("ended_at", "timestamp"),
        _typed("wait_seconds", "seconds"),
        _typed("ring_seconds", "seconds"),
        _typed("talk_seconds", "seconds"),
        _typed("hold_seconds", "seconds"),
        _typed("acw_seconds", "seconds"),
        _code("acw_status", ACW_STATUSES),
        _code("outcome", OUTCOMES),
        _code("disconnected_by", ("customer", "agent", "system")),
        _text("transferred_to_queue"),
        _text("transferred_to_agent"),
        _code("transfer_kind", ("blind", "attended", "consult")),
        _text("topic"),
        _typed("is_resolved", "boolean"),
        _text("disposition"),
        _typed("has_lead", "boolean"),
        _typed("is_complaint", "boolean"),
        _text("complaint_about_agent_id"),
        _typed("is_risk_flagged", "boolean"),
        _typed("is_test", "boolean"),
        _typed("is_internal", "boolean"),
        _typed("is_spam", "boolean"),
        _text("ticket_id"),
        _ORDER,
    ),
    key=("contact_leg_id",),
    dated="offered_at",
)
MESSAGES = CanonicalStream(
    fields=(
        _text("message_id"),
        _text("contact_id"),
        _text("ticket_id"),
        _code("sender_type", SENDER_TYPES),
        _text("sender_id"),
        _typed("sent_at", "timestamp"),
        _typed("is_public", "boolean"),
        _typed("is_automatic", "boolean"),
        _text("template"),
        Field("text", mark=Mark.TEXT),
    ),
    key=("message_id",),
    dated="sent_at",
)
TICKETS = CanonicalStream(
    fields=(
        _text("ticket_id"),
        _typed("version", "timestamp"),
        _typed("created_at", "timestamp"),
        _code("status", TICKET_STATUSES),
        _text("priority"),
        _text("group_id"),
        _text("assignee_id"),
        *_customer(),
        _text("channel"),
        _text("queue_id"),
        _text("topic"),
        _text("tier"),
        _text("merged_into_id"),
        _text("followup_of_id"),
        _typed("is_deleted", "boolean"),
        _typed("is_spam", "boolean"),
        _typed("is_complaint", "boolean"),
        _text("complaint_about_agent_id"),
        _typed("is_complex", "boolean"),
        _ORDER,
    ),
    key=("ticket_id",),
    version="version",
    dated="version",
)
TICKET_EVENTS = CanonicalStream(
    fields=(
        _text("event_id"),
        _text("ticket_id"),
        _typed("occurred_at", "timestamp"),
        _code("field", TICKET_EVENT_FIELDS),
        _text("old_value"),
        _text("new_value"),
        _text("actor_id"),
        _code("actor_type", ("agent", "customer", "system")),
    ),
    key=("event_id",),
    dated="occurred_at",
)
SURVEYS = CanonicalStream(
    fields=(
        _text("survey_id"),
        _code("kind", SURVEY_KINDS),
        _typed("scale_min", "integer"),
        _typed("scale_max", "integer"),
        _typed("is_reversed", "boolean"),
        _typed("score", "number"),
        Field("comment", mark=Mark.TEXT),
        _text("reason_code"),
        _typed("is_automatic", "boolean"),
        _text("rated_agent_id"),
        _text("contact_id"),
        _text("ticket_id"),
        _text("survey_channel"),
        _typed("invited_at", "timestamp"),
        _typed("responded_at", "timestamp"),
    ),
    key=("survey_id",),
    version="responded_at",
)
AGENT_STATES = CanonicalStream(
    fields=(
        _text("agent_id"),
        _text("state"),
        _text("reason"),
        _typed("started_at", "timestamp"),
        _typed("ended_at", "timestamp"),
    ),
    key=("agent_id", "started_at", "state"),
    dated="started_at",
)
AGENTS = CanonicalStream(
    fields=(
        _text("agent_id"),
        _text("name"),
        _text("email"),
        _text("team_id"),
        _text("department"),
        _code("role", ("agent", "supervisor", "expert")),
        _text("tier"),
        _typed("is_bot", "boolean"),
        _typed("valid_from", "timestamp"),
        _typed("valid_to", "timestamp"),
    ),
    key=("agent_id", "valid_from"),
)
AGENT_LOGINS = CanonicalStream(
    fields=(_text("source_system"), _text("login"), _text("agent_id"), _typed("valid_from", "timestamp")),
    key=("source_system", "login", "valid_from"),
)
QUEUES = CanonicalStream(
    fields=(
        _text("queue_id"),
        _text("name"),
        _text("department"),
        _text("tier"),
        _text("owner_team_id"),
        _typed("valid_from", "timestamp"),
    ),
    key=("queue_id", "valid_from"),
)
CUSTOMERS = CanonicalStream(fields=_customer(), key=("customer_id",))
SHIFTS = CanonicalStream(
    fields=(
        _text("agent_id"),
        _code("activity", ("work", "meal", "break", "training", "meeting")),
        _typed("starts_at", "timestamp"),
        _typed("ends_at", "timestamp"),
    ),
    key=("agent_id", "starts_at", "activity"),
    dated="starts_at",
)
ORDERS = CanonicalStream(
    fields=(
        _ORDER,
        _text("shop"),
        *_customer(),
        _typed("version_at", "timestamp"),
        _typed("created_at", "timestamp"),
        _typed("paid_at", "timestamp"),
        _text("status"),
        _typed("amount", "number"),
        _text("currency"),
        _typed("refunded_amount", "number"),
        _typed("refunded_at", "timestamp"),
        _typed("item_count", "integer"),
        _typed("distinct_products", "integer"),
    ),
    key=("order_id",),
    version="version_at",
    dated="version_at",
)
REVIEWS = CanonicalStream(
    fields=(
        _text("review_id"),
        _text("dimension"),
        _text("criterion"),
        _text("contact_id"),
        _text("agent_id"),
        _typed("reviewed_at", "timestamp"),
        _typed("score", "number"),
        _typed("max_score", "number"),
        _typed("is_critical_failure", "boolean"),
        _code("status", ("final", "appealed", "overturned")),
    ),
    key=("review_id", "criterion"),
    dated="reviewed_at",
)

CANONICAL: Mapping[str, CanonicalStream] = {
    "contact_legs": CONTACT_LEGS,
    "messages": MESSAGES,
    "tickets": TICKETS,
    "ticket_events": TICKET_EVENTS,
    "surveys": SURVEYS,
    "agent_states": AGENT_STATES,
    "agents": AGENTS,
    "agent_logins": AGENT_LOGINS,
    "queues": QUEUES,
    "customers": CUSTOMERS,
    "shifts": SHIFTS,
    "attendance": ATTENDANCE,
    "orders": ORDERS,
    "reviews": REVIEWS,
    "finding_verdicts": FINDING_VERDICTS,
    "costs": COSTS,
    "adjustments": ADJUSTMENTS,
    "vendor_figures": VENDOR_FIGURES,
}
