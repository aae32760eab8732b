"""Look every hour for what is wrong without any task having failed, and tell it.

Sources that readers have heard nothing of for longer than `stale_hours`, batches that a rule stopped, KPIs outside the limits of
`[alerts] kpis`, a disk that is nearly full; and that they are over. What could not be sent before is tried again. To whom and how:
`[alerts]` in deskmart.toml, or the connections `deskmart_smtp` and `deskmart_webhook`; without either nothing is sent, and `deskmart
alerts list` shows it all the same.
"""

# mypy: disable-error-code="untyped-decorator, no-any-return"
from airflow.sdk import dag, task

from dags.policy import DEFAULTS, FIRST_DAY, hourly


@dag(
    schedule=hourly(), start_date=FIRST_DAY, catchup=False, max_active_runs=1,
    default_args=DEFAULTS, doc_md=__doc__, tags=["maintenance"],
)  # fmt: skip
def watch() -> None:
    @task
    def look_and_tell() -> list[str]:
        """Tell what is wrong and what is over; gives what is wrong."""
        from dags.steps import watch

        return watch()

    look_and_tell()


watch()
