"""All sources, by name. DAGs, assets, paths and the warehouse's inputs derive from this list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from deskmart.errors import UsageError
from deskmart.settings import Settings
from ingestion.source import Source


@cache
def all_sources() -> Mapping[str, Source]:
    """Every declared source."""
    from ingestion.sources import asterisk, chatwoot, file_drop, zendesk

    declared = (zendesk.SOURCE, asterisk.SOURCE, chatwoot.SOURCE, file_drop.SOURCE)
    return MappingProxyType({source.name: source for source in declared})


def source_named(name: str) -> Source:
    """A declared source; `UsageError` names the known ones."""
    if name not in all_sources():
        raise UsageError(f"no source is called {name!r}", todo=f"known: {', '.join(all_sources())}")
    return all_sources()[name]


def sources_in_use(settings: Settings) -> list[Source]:
    """The declared sources that are configured, in declaration order."""
    return [source for source in all_sources().values() if source.name in settings.sources]
