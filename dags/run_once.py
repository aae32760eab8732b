"""Run the real DAGs once, in one process and without a scheduler: `python -m dags.run_once --since D --until D`.

For demonstrations, tests and machines that have their own scheduler. Reads Airflow's place from the environment (see
`deskmart.airflow_home`). Prints one JSON line per event: `airflow` (start-up seconds), `task`, `retry`, `dag` (state, seconds
per task and, when it failed, the task and its error line), `end`. Exit code: 0 all well; 3 some source failed, the others were
built; 1 else.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

BUILD = "build_warehouse"
DONE, FAILED, IN_PART = 0, 1, 3


def main(arguments: list[str]) -> int:
    """Run what was asked for; the exit code."""
    asked = _parser().parse_args(arguments)
    events = _own_stdout()
    started = time.monotonic()
    bag = _dags()
    chosen = asked.dag or [*sorted(name for name in bag.dags if name.startswith("ingest_")), BUILD]
    if unknown := [name for name in chosen if name not in bag.dags]:
        _say(events, event="end", exit=FAILED, error=f"no DAG is called {unknown[0]!r} (known: {', '.join(sorted(bag.dags))})")
        return FAILED
    _import_what_is_slow()
    seconds = round(time.monotonic() - started, 2)
    if asked.wait:
        os.environ.update(json.loads(sys.stdin.readline()))
    for dag in bag.dags.values():
        dag.deadline = None  # somebody waits for this run; and Airflow cannot look deadlines up in a run of `dag.test`
    _make_known(bag)
    dags = dict(bag.dags)
    _say(events, event="airflow", seconds=seconds)
    days = {"since": asked.since, "until": asked.until} if asked.since or asked.until else {}
    reading = [name for name in chosen if name.startswith("ingest_")]

    def run_each(names: Iterable[str]) -> dict[str, str]:
        _open_api()
        return {name: run(dags[name], days if name in reading else {}, asked.retry_seconds, events) for name in names}

    here = [name for place, name in enumerate(reading) if place % 4 in (0, 3)]  # there and back, so that both halves weigh alike
    with _beside(run_each, [name for name in reading if name not in here]) as others:
        states = run_each(here)
        if BUILD in chosen and "success" in states.values():
            _start_dbt()  # beside the sources that still read
        states |= others()
    states |= run_each(name for name in chosen if name not in reading)
    code = exit_code(states)
    _say(events, event="end", exit=code)
    return code


@contextmanager
def _beside(run_each: Callable[[Iterable[str]], dict[str, str]], names: list[str]) -> Iterator[Callable[[], dict[str, str]]]:
    """Run these DAGs in a forked process while the block runs the others: sources do not wait for each other.

    Gives a function that waits for their states; a child that ended without a word makes them `failed`. To be called before
    anything has started a thread.
    """
    if not names:
        yield dict
        return
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(ours)
        try:
            os.write(theirs, json.dumps(run_each(names)).encode())
        except BaseException:  # noqa: BLE001 -- told, and the parent marks these DAGs failed
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(0)
    os.close(theirs)

    def others() -> dict[str, str]:
        with os.fdopen(ours, "rb") as stream:
            told = stream.read()
        return dict.fromkeys(names, "failed") | (json.loads(told) if told else {})

    try:
        yield others
    finally:
        os.waitpid(process, 0)


def exit_code(states: dict[str, str]) -> int:
    """0 when no DAG failed; 3 when sources failed but not all that had something to read, and the build did not; else 1."""
    failed = {name for name, state in states.items() if state == "failed"}
    if not failed:
        return DONE
    reading = {name for name, state in states.items() if name != BUILD and state not in ("not configured", "nothing to read")}
    return FAILED if BUILD in failed or failed >= reading else IN_PART


def run(dag: DAG, conf: dict[str, str], retry_seconds: float, events: IO[str]) -> str:
    """Run one DAG to its end, telling `events` of each task; its state as `_state` names it."""
    errors: list[dict[str, str]] = []
    for task in dag.tasks:
        task.retry_delay, task.retry_exponential_backoff = timedelta(seconds=retry_seconds), 0
        task.on_execute_callback = [lambda context: _say(events, event="task", dag=dag.dag_id, task=context["ti"].task_id)]
        task.on_retry_callback = [lambda context: _say(events, event="retry", dag=dag.dag_id, **_failure(context))]
        task.on_failure_callback = [*task.on_failure_callback, lambda context: errors.append(_failure(context))]
    started = time.monotonic()
    finished = dag.test(run_conf=conf or None)
    instances = list(finished.get_task_instances())
    state = _state(str(finished.state), {instance.task_id for instance in instances if instance.state == "skipped"})
    report: dict[str, Any] = {"seconds": round(time.monotonic() - started, 2), "tasks": _seconds_per_task(instances)}
    if state == "failed":
        report |= errors[0] if errors else {"task": "", "error": "see the log"}
    _say(events, event="dag", dag=dag.dag_id, state=state, **report)
    return state


def _state(run_state: str, skipped: set[str]) -> str:
    """failed; not configured; nothing to read (no new file); nothing new (read, but no build would differ); success."""
    if run_state != "success":
        return "failed"
    if "find_batches" in skipped:
        return "not configured"
    if "stream.land" in skipped:
        return "nothing to read"
    return "nothing new" if skipped & {"announce", "build"} else "success"


def _seconds_per_task(instances: Iterable[Any]) -> dict[str, float]:
    seconds: dict[str, float] = defaultdict(float)
    for instance in instances:
        seconds[instance.task_id.rpartition(".")[2]] += instance.duration or 0.0
    return {task: round(total, 2) for task, total in seconds.items()}


def _dags() -> DagBag:
    """The DAGs of the folder; Airflow's database is not asked yet."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag()
    if bag.import_errors:
        path, trace = next(iter(bag.import_errors.items()))
        raise SystemExit(f"{path} cannot be loaded: {trace.strip().splitlines()[-1]}")
    return bag


def _import_what_is_slow() -> None:
    """All that a task needs, once, before processes part: each task would else pay for it in each process."""
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    _ = in_process_api_server().app  # made once, before processes part; it has no threads until it is asked something
    for heavy in ("great_expectations.expectations", "dlt.sources.helpers.rest_client"):
        importlib.import_module(heavy)


def _make_known(bag: DagBag) -> None:
    """Write the DAGs to Airflow's database before processes part, or two of them would write the same rows for the first time.

    The connection is closed again: a forked process must not share it.
    """
    from airflow import settings
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import sync_bag_to_db

    manager = DagBundlesManager()
    manager.sync_bundles_to_db()
    bundle = next(iter(manager.get_all_dag_bundles()))
    sync_bag_to_db(bag, bundle.name, bundle.version)
    settings.dispose_orm()
    settings.configure_orm()


def _start_dbt() -> None:
    from deskmart.dbt import start_dbt
    from deskmart.settings import load_settings

    start_dbt(load_settings())


def _open_api() -> None:
    """Start what every task talks to; half of Airflow's start-up. It has threads, so each process opens its own."""
    import httpx
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    with httpx.Client(transport=in_process_api_server().transport, base_url="http://in-process") as client:
        client.get("/health")


def _own_stdout() -> IO[str]:
    """Keep the real standard output for our lines; what Airflow and the tasks print goes to standard error."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def _say(events: IO[str], **event: Any) -> None:
    events.write(json.dumps(event, ensure_ascii=False) + "\n")
    events.flush()


def _failure(context: Any) -> dict[str, str]:
    """Which task failed, and its error as one line."""
    error = context.get("exception")
    return {"task": context["ti"].task_id, "error": " ".join(str(error).split()) or type(error).__name__}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dags.run_once", description="Run the real DAGs once, without a scheduler.")
    parser.add_argument("--since", help="first local day, such as 2026-10-01")
    parser.add_argument("--until", help="first local day that is not wanted")
    parser.add_argument("--dag", action="append", help=f"only this DAG (repeatable); default: every ingest DAG, then {BUILD}")
    parser.add_argument(
        "--wait", action="store_true", help="before running, read one line from standard input: more variables, as a JSON object"
    )
    parser.add_argument("--retry-seconds", type=float, default=1.0, help="wait between tries of a task")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
