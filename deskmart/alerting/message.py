"""One message as it is kept in the outbox and sent: kind, state, title, lines."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from deskmart.alerting.words import FOOTER, OVER, TITLES, TODO, Language
from deskmart.settings import Settings


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is wrong. `key` says what it is about: the same key is told once, and again only when it lasts.

    `kind` is one of the titles' (`words.TITLES`); `text` is one line, `todo` what the reader can do.
    """

    kind: str
    key: str
    text: str
    todo: str = ""

    def line(self, language: Language) -> str:
        text = TODO[language].format(text=self.text, todo=self.todo) if self.todo else self.text
        return " ".join(text.split())


def failure_key(dag_id: str) -> str:
    """What the keys of a DAG's failures begin with; they are over when it has done its work."""
    return f"failed/{dag_id}/"


def stopped_key(source: str, stream: str, batch: str) -> str:
    """The key of a batch that a rule stopped."""
    return f"stopped/{source}/{stream}/{batch}"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once: alerts of one kind that were raised, or that are over (`state`)."""

    kind: str
    state: str
    title: str
    lines: tuple[str, ...]
    footer: str
    at: str

    @property
    def text(self) -> str:
        """The whole as plain text, without the title."""
        return "\n".join((*self.lines, "", self.footer))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Message:
        return cls(**{**content, "lines": tuple(content["lines"])})


def message(kind: str, lines: Sequence[str], settings: Settings, now: datetime, *, is_over: bool = False) -> Message:
    """The message for alerts of one kind, in the language of the settings."""
    language = settings.alerts.language
    title = TITLES[language][kind]
    place = f"{socket.gethostname()}:{settings.home}"
    at = now.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M %Z")
    return Message(
        kind=kind,
        state="over" if is_over else "raised",
        title=OVER[language].format(title=title) if is_over else title,
        lines=tuple(lines),
        footer=FOOTER[language].format(place=place, at=at),
        at=now.isoformat(),
    )
