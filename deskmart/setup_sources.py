"""Whether a source could be read: its settings, its secrets, whether it answers; for `doctor`."""

from __future__ import annotations

from pathlib import Path

from deskmart.errors import DeskmartError, SourceError
from deskmart.reach import reach
from deskmart.settings import Settings, SourceSettings


def source_found(name: str, settings: Settings) -> str:
    """How a source stands, in words; a `DeskmartError` says what is missing. No record is read, and no credential is sent."""
    source = settings.source(name)
    if name in ("zendesk", "chatwoot"):
        for needed in _needed(source):
            source.need(needed)
        return f"{reach(source.need('url'), name)}; whether it takes our credentials, the first run tells"
    if name == "asterisk":
        return _asterisk(source)
    return _file_drop(settings)


def has_mappings(settings: Settings) -> bool:
    from ingestion.mapping import mappings_folder

    return any(mappings_folder(settings).glob("*.y*ml"))


def _needed(source: SourceSettings) -> tuple[str, ...]:
    if source.name == "chatwoot":
        return ("url", "account_id", "token")
    return ("url",) if source.secrets.get("oauth_token") else ("url", "email", "token")


def _asterisk(source: SourceSettings) -> str:
    if source.secrets.get("dsn"):
        from sqlalchemy import create_engine
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with create_engine(source.need("dsn")).connect():
                return "its database answers"
        except (SQLAlchemyError, ImportError) as error:
            # without the cause: it may hold the address
            said = type(error).__name__
            raise SourceError(
                f"its database does not answer ({said})", source=source.name, todo="mend DESKMART_ASTERISK_DSN"
            ) from None
    path = Path(source.need("path"))
    if not path.is_dir():
        raise DeskmartError(f"{path} is no folder that is there", todo="mend `path` of [sources.asterisk]")
    logs = [one for one in path.iterdir() if one.name.startswith(("queue_log", "Master.csv"))]
    if not logs:
        raise DeskmartError(f"{path} holds neither queue_log nor Master.csv", todo="mend `path` of [sources.asterisk]")
    return f"{path}: {len(logs)} files of logs"


def _file_drop(settings: Settings) -> str:
    from deskmart.lake import Lake
    from ingestion.mapping import load_mappings

    mappings, inbox = load_mappings(settings), Lake(settings.home).inbox
    files = sum(path.is_file() for path in inbox.rglob("*")) if inbox.is_dir() else 0
    return f"{len(mappings)} mappings are sound; {files} files in {inbox}"
