"""`deskmart backup` and `deskmart restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deskmart.console import console
from deskmart.settings import load_settings, token_key_place

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]


def backup(
    file: Annotated[Path, typer.Argument(help="To be written; such as /backup/deskmart-2026-10-05.tar")],
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Also the token key: keep the file as safe as customers' names.")
    ] = False,
    home: Home = None,
) -> None:
    """Write the whole home to one file, while no step is at work on it."""
    from deskmart.backup import back_up

    settings = load_settings(home)
    done = back_up(settings, file.absolute(), with_key=with_key)
    out.print(
        f"wrote {file}: {len(done.files):,} files, {done.bytes / 1024**2:,.0f} MiB, published {done.publish_id or 'nothing'}",
        soft_wrap=True,
    )
    if not done.has_key:
        out.print(f"the token key is not in it: back it up apart from it ({token_key_place(settings)})", soft_wrap=True)


def restore(
    file: Annotated[Path, typer.Argument(help="That `deskmart backup` wrote.")],
    home: Annotated[Path, typer.Option("--home", help="A new or empty folder.")],
) -> None:
    """Put a backup's home into a new folder; every file is compared with what was backed up."""
    from deskmart.backup import restore as put_back

    done = put_back(file, home.absolute())
    out.print(
        f"restored {home}: {len(done.files):,} files of {done.taken_at:%Y-%m-%d %H:%M} UTC, published {done.publish_id or 'nothing'}",
        soft_wrap=True,
    )
    if not done.has_key:
        out.print("1. bring the token key back: DESKMART_TOKEN_KEY, or the file token.key in the home")
    step = 1 if done.has_key else 2
    out.print(f"{step}. deskmart doctor --home {home}\n{step + 1}. deskmart audit verify --home {home}", soft_wrap=True)
    out.print(f"{step + 2}. run the days since the backup again: deskmart run --since D --until D --home {home}", soft_wrap=True)
