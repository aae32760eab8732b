"""Where commands print: wide enough for tables when nobody's terminal says how wide."""

from __future__ import annotations

from rich.console import Console

PIPE_WIDTH = 140


def console() -> Console:
    """A console of the terminal's width, or of `PIPE_WIDTH` columns when the output goes to a file or pipe."""
    found = Console()
    return found if found.is_terminal else Console(width=PIPE_WIDTH)
