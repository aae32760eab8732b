"""`deskmart metabase`: from the home's PostgreSQL to a Metabase's dashboards."""

from __future__ import annotations

from collections.abc import Callable

from deskmart.errors import ServingError
from deskmart.settings import Settings
from serving.metabase.api import Metabase
from serving.metabase.provision import Server, provision
from serving.postgres.roles import make_login
from serving.postgres.serve import address_of
from serving.postgres.server import publisher

READER = "metabase"


def provision_over(
    settings: Settings, url: str, email: str, password: str, database_host: str, tell: Callable[[str], None]
) -> list[str]:
    """Log in, draw a new password for Metabase's reader login, and provision; the dashboards' addresses."""
    address = address_of(settings)
    if not address:
        raise ServingError(
            "no PostgreSQL is configured", source="postgres", todo="set DESKMART_POSTGRES_URL, or run `deskmart postgres start`"
        )
    metabase = Metabase(url)
    metabase.log_in(email, password)
    with publisher(address) as connection:
        info = connection.info
        server = Server(database_host or info.host, info.port, info.dbname, READER, password=make_login(connection, READER))
    return provision(metabase, server, tell)
