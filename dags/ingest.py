"""Pull one source, a day at a time.

Finds the batches of the run's interval (one per stream, or per new file), lands each exactly as the source sent it, validates it
row by row, and raises the asset `accepted_<source>` when something new was accepted. `since` and `until` (local days, `until`
exclusive) override the run's own day. Running an interval again is safe: what did not change is recognised. A stream that fails
leaves the others alone, but the asset is raised only when all of them are in.
"""

# mypy: disable-error-code="untyped-decorator, no-any-return"
from airflow.sdk import DAG, TriggerRule, dag, task, task_group

from dags.policy import ACCEPTED, DEFAULTS, FIRST_DAY, daily, day_params, deadline
from ingestion.registry import all_sources


def ingest_dag(source: str) -> DAG:
    @task
    def find_batches() -> list[list[str]]:
        """The batches that cover the run's interval, by stream; skipped when the source is not configured."""
        from dags.steps import find_batches

        return find_batches(source)

    @task
    def land(batches: list[str]) -> list[str]:
        """Put a stream's batches on disk as the source sends them; gives the attempts' names."""
        from dags.steps import land

        return land(batches)

    @task
    def validate(attempts: list[str]) -> dict[str, int]:
        """Decide row by row what is fit for use; gives the counts."""
        from dags.steps import validate

        return validate(attempts)

    @task(outlets=[ACCEPTED[source]], trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    def announce() -> None:
        """Raise the asset; skipped when no build could be any different."""
        from dags.steps import announce

        announce(source)

    @task_group
    def stream(batches: list[str]) -> dict[str, int]:
        return validate(land(batches))

    @dag(
        f"ingest_{source}", schedule=daily(), start_date=FIRST_DAY, catchup=False, max_active_runs=1,
        params=day_params(), default_args=DEFAULTS, deadline=deadline(), doc_md=__doc__, tags=["ingest", source],
    )  # fmt: skip
    def ingest() -> None:
        stream.expand(batches=find_batches()) >> announce()

    return ingest()


for name in all_sources():
    globals()[f"ingest_{name}"] = ingest_dag(name)
