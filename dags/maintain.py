"""Keep house once a day: old publishes beyond those that are kept, and what a killed publish left behind, are removed.

The versions that readers have open stay readable until they are closed. Landing, accepted files and the audit trail are not
touched here.
"""

# mypy: disable-error-code="untyped-decorator, no-any-return"
from airflow.sdk import dag, task

from dags.policy import DEFAULTS, FIRST_DAY, daily


@dag(
    schedule=daily(hour=5), start_date=FIRST_DAY, catchup=False, max_active_runs=1,
    default_args=DEFAULTS, doc_md=__doc__, tags=["maintenance"],
)  # fmt: skip
def maintain() -> None:
    @task
    def prune_publishes() -> list[str]:
        """Remove old versions; gives their ids."""
        from dags.steps import prune_publishes

        return prune_publishes()

    prune_publishes()


maintain()
