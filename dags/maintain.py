"""Keep house once a day.

Old publishes beyond those that are kept, and what a killed publish left behind, are removed; the versions that readers have
open stay readable until they are closed. Raw bytes in landing and quarantine go when their retention (`landing_days`,
`quarantine_days`) is over. What sources sent again of customers who were erased is taken out. Each removal has its line in the
ledger; accepted rows, counts and the audit trail stay. A PostgreSQL that was down when something was published, or from which
somebody was erased, is brought up to date.
"""

# mypy: disable-error-code="untyped-decorator, no-any-return"
from airflow.sdk import TriggerRule, dag, task

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

    @task
    def retire_raw() -> dict[str, int]:
        """Remove raw bytes whose retention is over; gives counts."""
        from dags.steps import retire_raw

        return retire_raw()

    @task
    def sweep_erased() -> dict[str, int]:
        """Take out again who was erased before; gives counts."""
        from dags.steps import sweep_erased

        return sweep_erased()

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def publish_postgres() -> str:
        """Bring what is published into PostgreSQL, should it show something else; skipped where none is configured."""
        from dags.steps import publish_postgres

        return publish_postgres()

    prune_publishes() >> retire_raw() >> sweep_erased() >> publish_postgres()


maintain()
