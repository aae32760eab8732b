"""`.env` for docker compose: every secret it needs, freshly drawn. `python -m deskmart.secrets_file .env`"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

from deskmart.errors import UsageError

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


def write_secrets(path: Path) -> None:
    """Write the file, readable by its owner only. `UsageError` when it exists: new secrets would lock old data away."""
    lines = [f"{name}={_secret(name)}" for name in NAMES]
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


if __name__ == "__main__":
    try:
        write_secrets(Path(sys.argv[1]))
    except UsageError as error:
        sys.exit(str(error))
