"""Runs in Superset's own environment: brings its database up to date, makes the login, and puts our assets in.

Reads what it needs as JSON from its standard input: `assets` (folder), `uri` (of the marts), `user`, `password`, `is_new`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml


def main() -> None:
    """Everything in one process: importing Superset costs more than the work."""
    asked = json.load(sys.stdin)
    from superset.app import create_app

    with create_app().app_context():
        if asked["is_new"]:
            _make_database()
        _make_login(asked["user"], asked["password"])
        _import(contents(Path(asked["assets"]), asked["uri"]), asked["user"])


def contents(assets: Path, uri: str) -> dict[str, str]:
    """The asset files, the database's pointing to `uri`."""
    found = {path.relative_to(assets).as_posix(): path.read_text(encoding="utf-8") for path in sorted(assets.rglob("*.yaml"))}
    for name in found:
        if name.startswith("databases/"):
            config: dict[str, Any] = yaml.safe_load(found[name])
            found[name] = yaml.safe_dump({**config, "sqlalchemy_uri": uri})
    return found


def _make_database() -> None:
    import superset
    from flask_migrate import upgrade
    from superset import appbuilder, security_manager

    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()


def _make_login(user: str, password: str) -> None:
    from superset import security_manager

    found = security_manager.find_user(username=user)
    if found is None:
        role = security_manager.find_role("Admin")
        security_manager.add_user(user, "Deskmart", "Admin", f"{user}@localhost", role, password=password)
    else:
        security_manager.reset_password(found.id, password)


def _import(files: dict[str, str], user: str) -> None:
    from superset import security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.utils.core import override_user

    with override_user(security_manager.find_user(username=user)):
        ImportAssetsCommand(files).run()


if __name__ == "__main__":
    main()
