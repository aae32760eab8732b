"""`.env` for docker compose: every secret it needs, freshly drawn. `python -m deskmart.secrets_file .env [--sandbox]`"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from datetime import date, timedelta
from pathlib import Path

from deskmart.errors import UsageError
from deskmart.shop import PAST_DAYS, connections

# A Fernet key is 32 random bytes in URL-safe base64; the others are any long text without characters that need quoting.
NAMES = (
    "AIRFLOW_DB_PASSWORD",
    "AIRFLOW_ADMIN_PASSWORD",
    "AIRFLOW_FERNET_KEY",
    "AIRFLOW_JWT_SECRET",
    "AIRFLOW_API_SECRET_KEY",
    "SERVING_DB_PASSWORD",
    "METABASE_DB_PASSWORD",
    "METABASE_ENCRYPTION_KEY",
    "REDIS_PASSWORD",
    "DESKMART_TOKEN_KEY",
)


def write_secrets(path: Path, *, is_sandbox: bool = False) -> None:
    """Write the file, readable by its owner only. `UsageError` when it exists: new secrets would lock old data away.

    With `is_sandbox` also what starts the pretend shop and leads the DAGs to it.
    """
    lines = [f"{name}={_secret(name)}" for name in NAMES] + (_sandbox() if is_sandbox else [])
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already", todo="keep it, or move it away first") from error
    with os.fdopen(handle, "w") as stream:
        stream.write("\n".join(lines) + "\n")


def _secret(name: str) -> str:
    if name == "AIRFLOW_FERNET_KEY":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_hex(32)


def _sandbox() -> list[str]:
    """A shop opened a week ago, as the compose file's service `sandbox` serves it."""
    from sandbox.serve import Shop

    ready = {
        "zendesk": {"url": "http://sandbox:8901", "email": Shop.zendesk_email, "token": Shop.zendesk_token},
        "chatwoot": {"url": "http://sandbox:8902", "account_id": Shop.chatwoot_account_id, "token": Shop.chatwoot_token},
        "asterisk": {"path": "/deskmart/asterisk"},
    }
    given = {
        "COMPOSE_PROFILES": "sandbox",
        "SANDBOX_FIRST_DAY": (date.today() - timedelta(days=PAST_DAYS)).isoformat(),
        **connections(ready),
    }
    return [f"{name}='{value}'" for name, value in given.items()]


if __name__ == "__main__":
    try:
        write_secrets(Path(sys.argv[1]), is_sandbox="--sandbox" in sys.argv[2:])
    except UsageError as error:
        sys.exit(str(error))
