"""What Chatwoot's activity messages say, so that nothing else of their text is kept.

Only a change of status is told in a structured way (`content_attributes.activity`, newer versions); assignments are prose in
the account's language, from `config/locales/*.yml` of chatwoot/chatwoot. English and simplified Chinese are known here. The
Chinese file has the words of "reopened by" for "resolved by the customer" too: there only the structured status decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ACTIVITIES = ("resolved", "reopened", "pending", "snoozed", "assigned", "unassigned", "other")
ACTORS = ("customer", "user", "system")
AUTOMATION = ("Automation System", "自动化系统")

# (pattern, activity, who did it); groups: `user` who did it, `agent`, `team`, or `to`: an agent or a team.
_SENTENCES = tuple(
    (re.compile(pattern), activity, actor)
    for pattern, activity, actor in (
        (r"Conversation was marked resolved by system due to ", "resolved", "system"),
        (r"Conversation was marked resolved by (?P<user>.+)$", "resolved", "user"),
        (r"Conversation was resolved by .+$", "resolved", "customer"),
        (r"Conversation was (reopened|marked open) by ", "reopened", "user"),
        (r"System reopened the conversation", "reopened", "system"),
        (r"Conversation was marked pending by ", "pending", "user"),
        (r"Conversation was snoozed by ", "snoozed", "user"),
        (r"Assigned to (?P<agent>.+) via (?P<team>.+) by (?P<user>.+)$", "assigned", "user"),
        (r"Assigned to (?P<to>.+) by (?P<user>.+)$", "assigned", "user"),
        (r"(?P<agent>.+) self-assigned this conversation$", "assigned", "user"),
        (r"Conversation unassigned by ", "unassigned", "user"),
        (r"对话被系统标记为已解决", "resolved", "system"),
        (r"对话被标记由 (?P<user>.+) 解决$", "resolved", "user"),
        (r"对话被 .+ 重新打开$", "reopened", None),
        (r"由于收到新的消息，系统重新打开了对话", "reopened", "system"),
        (r"对话被标记由 .+ 待处理$", "pending", "user"),
        (r"对话被 .+ 暂停$", "snoozed", "user"),
        (r"由 (?P<agent>.+) 分配给 (?P<team>.+) 团队的 (?P<user>.+)$", "assigned", "user"),
        (r"由 (?P<to>.+) 分配给 (?P<user>.+)$", "assigned", "user"),
        (r"(?P<agent>.+) 自行分配这次会话$", "assigned", "user"),
        (r"对话未被 .+ 分配$", "unassigned", "user"),
    )
)
_STATUSES = {"resolved": "resolved", "open": "reopened", "pending": "pending", "snoozed": "snoozed"}


def read_activity(content: Any, attributes: Any) -> dict[str, Any]:
    """The fields `activity`, `activity_by` (customer, user, system), `assigned_agent`, `assigned_team`, `assigned_to`.

    `assigned_to` is the name of an agent or a team, where the sentence does not say which. Names of customers are not kept.
    """
    found: dict[str, Any] = dict.fromkeys(("activity_by", "assigned_agent", "assigned_team", "assigned_to"))
    found["activity"] = "other"
    for pattern, activity, actor in _SENTENCES:
        if match := pattern.match(str(content or "").strip()):
            names = match.groupdict()
            by = "system" if actor == "user" and names.get("user") in AUTOMATION else actor
            found |= {"activity": activity, "activity_by": by}
            found |= {"assigned_agent": names.get("agent"), "assigned_team": names.get("team"), "assigned_to": names.get("to")}
            break
    return found | _structured(found, attributes)


def _structured(found: Mapping[str, Any], attributes: Any) -> dict[str, Any]:
    told = attributes.get("activity") if isinstance(attributes, Mapping) else None
    status = _STATUSES.get(str(told.get("status"))) if isinstance(told, Mapping) else None
    if status is None or status == found["activity"]:
        return {}
    is_misspelt = status == "resolved" and found["activity"] == "reopened"
    return {"activity": status, "activity_by": "customer" if is_misspelt else found["activity_by"]}
