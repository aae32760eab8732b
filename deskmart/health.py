"""Whether Airflow is well: `python -m deskmart.health ADDRESS [PART ...]`, as the containers' health checks ask.

Cheap on purpose: Airflow's own command for it takes seconds of a processor each time.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from contextlib import suppress

PATH = "/api/v2/monitor/health"


def parts_of(address: str) -> dict[str, str]:
    """What Airflow's pages at `address` say of each part (metadatabase, scheduler, triggerer, dag_processor); none when mute."""
    with suppress(OSError, ValueError), urllib.request.urlopen(address + PATH, timeout=5) as answer:
        return {name: str(part["status"]) for name, part in json.load(answer).items()}
    return {}


def main(arguments: list[str]) -> int:
    """0 when every asked part (default: the database) is healthy, else 1."""
    address, *asked = arguments
    parts = parts_of(address)
    ill = [name for name in asked or ["metadatabase"] if parts.get(name) != "healthy"]
    sys.stdout.write("".join(f"{name}: {parts.get(name) or 'no answer'}\n" for name in ill))
    return 1 if ill else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
