"""Who mends what breaks a rule: people's roles, not names."""

from __future__ import annotations

from collections.abc import Mapping

OWNERS: Mapping[str, tuple[str, str]] = {
    "telephony": ("电话系统管理员", "whoever runs the telephone system"),
    "ticketing": ("工单系统管理员", "whoever runs the ticket system"),
    "chat": ("在线客服管理员", "whoever runs the chat system"),
    "mapping": ("文件提供方与映射维护人", "whoever drops the file and keeps its mapping"),
    "workforce": ("排班与人事", "workforce management and HR"),
    "quality": ("质检", "quality assurance"),
    "survey": ("客户体验", "whoever runs the surveys"),
    "commerce": ("电商运营", "whoever runs the shop"),
    "finance": ("财务", "finance"),
}
_OF_SOURCE = {"asterisk": "telephony", "zendesk": "ticketing", "chatwoot": "chat"}
_OF_STREAM = {
    **dict.fromkeys(("agents", "agent_logins", "agent_states", "queues", "shifts", "attendance"), "workforce"),
    **dict.fromkeys(("reviews", "finding_verdicts", "adjustments"), "quality"),
    "surveys": "survey",
    "orders": "commerce",
    "costs": "finance",
}


def owner_of(source: str, stream: str) -> str:
    """The owner of a stream's rules, a name in `OWNERS`."""
    return _OF_SOURCE.get(source) or _OF_STREAM.get(stream, "mapping")
