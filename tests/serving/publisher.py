"""Publishes that die: `python -m tests.serving.publisher`, which forks a process for each, so that none pays for imports.

Each line of input is JSON: a home, an address of PostgreSQL or "", a number, and after how many seconds to kill (null: never).
Answers with a line: how the process ended (0 done, 1 a `DeskmartError`, -9 killed), how long it took, and what it said.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi  # noqa: F401 -- what a publish imports late, once for all the forks
import duckdb  # noqa: F401
import psycopg  # noqa: F401
import pyarrow  # noqa: F401

from deskmart.errors import DeskmartError
from serving.postgres.serve import serve_postgres
from serving.publish import publish
from tests.serving.small_home import a_home, put_candidate


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_publish(**json.loads(line))) + "\n")
        sys.stdout.flush()


def _publish(home: str, address: str, number: int, after: float | None) -> dict[str, Any]:
    told, telling = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(told)
        _child(home, address, number, telling)
    os.close(telling)
    assert os.read(told, 1) == b"r", "the candidate is there, the publish begins"
    began = time.monotonic()
    if after is not None:
        select.select([told], [], [], after)  # returns earlier when the process ends
        os.kill(process, signal.SIGKILL)
    said = b"".join(iter(lambda: os.read(told, 4096), b""))
    _, status = os.waitpid(process, 0)
    os.close(told)
    return {"code": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - began, "said": said.decode()}


def _child(home: str, address: str, number: int, telling: int) -> None:
    code = 2
    try:
        settings = a_home(Path(home), address)
        build = put_candidate(settings, number, rows=20 + number)
        os.write(telling, b"r")
        publish(build, settings)
        if address:
            serve_postgres(settings)
        code = 0
    except DeskmartError as error:
        os.write(telling, str(error).encode())
        code = 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
