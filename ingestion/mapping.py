"""Mappings: a small YAML says how a file's columns become canonical streams. Its texts are data; nothing is run or fetched."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from deskmart.settings import Settings
from ingestion.mapping_model import FileMapping
from ingestion.mapping_parse import parse_mapping
from ingestion.mapping_yaml import MappingError, Place, load_yaml


def mappings_folder(settings: Settings) -> Path:
    """Where this home's mappings lie: the option `mappings` of file_drop, relative to the home; by default `mappings`."""
    source = settings.sources.get("file_drop")
    return settings.home / str((source.options.get("mappings") if source else None) or "mappings")


def load_mappings(settings: Settings) -> list[FileMapping]:
    """All mappings, by name; `MappingError` for the first that cannot be used."""
    found: dict[str, FileMapping] = {}
    for path in _paths(settings):
        mapping = load_mapping(path, settings)
        if mapping.name in found:
            raise Place(path.name, "name").error(f"a second mapping is called {mapping.name}", "rename one")
        found[mapping.name] = mapping
    return [found[name] for name in sorted(found)]


def mapping_named(settings: Settings, name: str) -> FileMapping:
    """One mapping; others that cannot be used do not matter unless this one is not found. `MappingError` when it is absent."""
    first_error: MappingError | None = None
    for path in _paths(settings):
        try:
            mapping = load_mapping(path, settings)
        except MappingError as error:
            first_error = first_error or error
            continue
        if mapping.name == name:
            return mapping
    raise first_error or MappingError(
        f"no mapping is called {name}", source="file_drop", todo=f"put it back into {mappings_folder(settings)}"
    )


def load_mapping(path: Path, settings: Settings) -> FileMapping:
    """Read and check one mapping file."""
    place = Place(path.name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise place.error(f"cannot be read: {error.strerror}", "mend its rights") from error
    return _parsed(data, place, settings.zone)


@lru_cache(maxsize=256)
def _parsed(data: bytes, place: Place, zone: ZoneInfo) -> FileMapping:
    """The mapping that these bytes say; the same bytes are read once."""
    return parse_mapping(load_yaml(data, place), place, zone, hashlib.sha256(data).hexdigest())


def _paths(settings: Settings) -> list[Path]:
    folder = mappings_folder(settings)
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in (".yml", ".yaml") and path.is_file())
