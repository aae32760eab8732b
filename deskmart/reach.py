"""Whether a server answers at all, for `doctor`."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from deskmart.errors import SourceError


def reach(url: str, source: str) -> str:
    """Open and close a connection to the url's host; `SourceError` that says what to do when nobody is there."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise SourceError(f"{url!r} is no address", source=source, todo=f"mend the url of [sources.{source}]")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname, port), timeout=5):
            return f"{parts.hostname}:{port} answers"
    except OSError as error:
        raise SourceError(
            f"{parts.hostname}:{port} does not answer ({error.strerror or error})",
            source=source,
            todo="is it up, and is the url right?",
        ) from error
