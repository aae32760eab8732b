"""Build, audit and publish the KPI marts whenever any source has something new.

Any one source is enough (`a | b | c`): a dead system must not stop the numbers of the others. One run at a time, for the
warehouse has one writer. A build without new inputs ends as skipped; a build that breaks a rule is not published, and readers
keep what they had.
"""

# mypy: disable-error-code="untyped-decorator, no-any-return"
from airflow.sdk import AssetAny, TriggerRule, dag, task

from dags.policy import ACCEPTED, DEFAULTS, FIRST_DAY, deadline


@dag(
    schedule=AssetAny(*ACCEPTED.values()), start_date=FIRST_DAY, catchup=False, max_active_runs=1,
    default_args=DEFAULTS | {"priority_weight": 100},  # of what waits for a free place, readers wait for this
    deadline=deadline(), doc_md=__doc__, tags=["warehouse"],
)  # fmt: skip
def build_warehouse() -> None:
    @task
    def build() -> dict[str, object]:
        """Freeze the inputs and build a candidate; skipped when they are those of the published one."""
        from dags.steps import build

        return build()

    @task
    def audit(built: dict[str, object]) -> dict[str, object]:
        """Check the candidate's marts; a broken rule stops here."""
        from dags.steps import audit

        return audit(built)

    @task
    def publish(built: dict[str, object]) -> str:
        """Put the candidate before the readers in one step."""
        from dags.steps import publish

        return publish(built)

    @task(trigger_rule=TriggerRule.NONE_FAILED)
    def publish_postgres() -> str:
        """Bring what is published into PostgreSQL, where one is configured; one that was down is tried again, here and in the next run."""
        from dags.steps import publish_postgres

        return publish_postgres()

    publish(audit(build())) >> publish_postgres()


build_warehouse()
