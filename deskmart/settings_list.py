"""Every setting there is, once: what `deskmart.toml` may hold, which variables are read, and which Airflow connections.

`deskmart init`, docs/operate.md and the refusal of unknown names derive from this list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from deskmart.errors import SettingsError

SOURCES = ("zendesk", "chatwoot", "asterisk", "file_drop")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `name` is its key in the file ('' when it has none), `variable` the one of the environment, which wins.

    `default` is what counts when nobody says anything, `example` what `deskmart init` writes in its stead; both as TOML.
    """

    name: str
    meaning: str
    default: str = ""
    section: str = ""
    variable: str = ""
    is_secret: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class AirflowConnection:
    """A connection of Airflow that the DAGs lay over the settings, and what each of its fields holds."""

    id: str
    host: str
    login: str = ""
    password: str = ""
    extra: str = ""


def _source(source: str, name: str, meaning: str, example: str = "", *, secret: bool = False, file_only: bool = False) -> Setting:
    variable = "" if file_only else f"DESKMART_{source.upper()}_{name.upper()}"
    return Setting("" if secret else name, meaning, "", f"sources.{source}", variable, secret, example)


def _alert(
    name: str, meaning: str, default: str = "", example: str = "", *, secret: bool = False, file_only: bool = False
) -> Setting:
    variable = "" if file_only else f"DESKMART_ALERTS_{name.upper()}"
    return Setting("" if secret else name, meaning, default, "alerts", variable, secret, example)


SETTINGS: tuple[Setting, ...] = (
    Setting("", "where all state lives", "./data", variable="DESKMART_HOME"),
    Setting("site_timezone", "`service_date` is the local date of this zone", '"Asia/Shanghai"', variable="DESKMART_SITE_TIMEZONE"),
    Setting("default_region", "of phone numbers written without a country", '"CN"'),
    Setting("bad_share_limit", "a batch with a larger share of refused records, and at least 20, is stopped", "0.2"),
    Setting("rows_at_once", "rows of an attempt that the gate takes in hand at a time: its memory", "100000"),
    Setting("restatement_limit", "a build that changes a larger share of the settled daily figures waits until somebody accepts it", "0.1"),
    Setting("restatement_fewest", "but only one that changes so many of them at least: late files of a young warehouse are no alarm", "1000"),
    Setting("threads", "of dbt and DuckDB", "2", variable="DESKMART_THREADS"),
    Setting("landing_days", "raw bytes as sent are kept so long; 0 for good", "400"),
    Setting("quarantine_days", "the bytes of refused records are kept so long; 0 for good", "400"),
    Setting("token_key_id", "stands in every customer token", '"k1"', variable="DESKMART_TOKEN_KEY_ID"),
    Setting(
        "", "key of the customer tokens, 16 characters or more; without it a random one in `token.key`",
        variable="DESKMART_TOKEN_KEY", is_secret=True,
    ),
    Setting("", "token keys that were in use before: `k1=secret,k2=secret`", variable="DESKMART_OLD_TOKEN_KEYS", is_secret=True),
    _source("zendesk", "url", "address of the Zendesk", '"https://your-shop.zendesk.com"'),
    _source("zendesk", "email", "the agent the API token belongs to", '"agent@your-shop.com"'),
    _source("zendesk", "topic_field", "id of the custom field that holds the topic", '"360000000101"'),
    _source("zendesk", "order_field", "id of the custom field that holds the order number", '"360000000102"'),
    _source("zendesk", "token", "API token", secret=True),
    _source("zendesk", "oauth_token", "OAuth token, instead of e-mail and API token", secret=True),
    _source("zendesk", "page_size", "records per page, when the API's own size is too large", file_only=True),
    _source("zendesk", "wait_scale", "pauses between tries are multiplied by this; 1 unless in tests", file_only=True),
    _source("chatwoot", "url", "address of the Chatwoot", '"https://app.chatwoot.com"'),
    _source("chatwoot", "account_id", "number of the account", "1"),
    _source("chatwoot", "token", "access token of an administrator", secret=True),
    _source("chatwoot", "wait_scale", "as for Zendesk", file_only=True),
    _source("asterisk", "path", "folder of queue_log and Master.csv", '"/var/log/asterisk"'),
    _source("asterisk", "dsn", "an SQLAlchemy address, for logs kept in SQL tables", secret=True),
    _source("asterisk", "timezone", "of the call records' times; default: the site's", '"Asia/Shanghai"'),
    _source("asterisk", "exit_keys", "what a caller gets who leaves a queue with this key", '{ "9" = "callback" }', file_only=True),
    _source("asterisk", "extensions", "a regular expression: which numbers are extensions, not customers'", file_only=True),
    _source("asterisk", "custom_events", "names of QueueLog() events of one's own dial plan, which are accepted", file_only=True),
    _source(
        "asterisk", "userfield", "a regular expression: its groups `topic` and `disposition` are kept of a CDR's user field, nothing else",
        "'(?P<topic>[a-z]+)(/(?P<disposition>.+))?'", file_only=True,
    ),
    _source("asterisk", "queue_log", "with both path and dsn: files, sql or none", file_only=True),
    _source("asterisk", "cdr", "with both path and dsn: files, sql or none", file_only=True),
    _source("asterisk", "queue_log_table", "name of the SQL table", file_only=True),
    _source("asterisk", "cdr_table", "name of the SQL table", file_only=True),
    _source("file_drop", "mappings", "folder of mapping files, relative to the home; files go to inbox/", '"mappings"'),
    Setting("keep_versions", "published versions that are kept, and the current one", "10", "serving", "DESKMART_KEEP_VERSIONS"),
    Setting("postgres", "publish into PostgreSQL; default: when its address is known", "", "serving", example="true"),
    Setting("", "the address of the PostgreSQL that readers query", "", "serving", "DESKMART_POSTGRES_URL", is_secret=True),
    Setting("team_security", "agents' figures are shown by team only", "false", "serving"),
    Setting("wait_seconds", "how long a publish waits for readers' open transactions", "120", "serving"),
    _alert("language", "of what is sent: en or zh", '"en"', '"zh"'),
    _alert("email_to", "addresses; in the environment separated by commas", "[]", '["service-data@your-shop.com"]'),
    _alert("email_from", "the sender", "", '"deskmart@your-shop.com"'),
    _alert("smtp_host", "the mail server; e-mails need it, `email_from` and `email_to`", "", '"smtp.your-shop.com"'),
    _alert("smtp_port", "its port; default: 587, 465 or 25, as the security has it", "", "587"),
    _alert("smtp_security", "starttls, tls (from the first byte on) or none", '"starttls"'),
    _alert("smtp_user", "login at the mail server", "", '"deskmart"'),
    _alert("smtp_password", "its password", secret=True),
    _alert("webhook_url", "address that alerts are posted to; it often holds a key, hence a secret", secret=True),
    _alert("webhook_style", "what the address understands: json, slack, teams, wecom, dingtalk or feishu", '"json"', '"wecom"'),
    _alert("webhook_secret", "signs what is posted (json, dingtalk, feishu)", secret=True),
    _alert("stale_hours", "a source is behind when it has told nothing of the time since then", "30", file_only=True),
    _alert("stale_hours_of", "the same for single sources", "{}", "{ asterisk = 6 }", file_only=True),
    _alert("repeat_hours", "what is still wrong is told again after so many hours", "20", file_only=True),
    _alert("deadline_hours", "a DAG run that has not ended so long after it was queued is told; 0 for never", "4", file_only=True),
    _alert(
        "kpis", "limits of KPIs: `kpi`, and `scope`, `variant`, `channel_group`, `days` (1 or 7), `above`, `below`, `fewest`", "[]",
        '[{ kpi = "service_level", variant = "offered", days = 7 }, { kpi = "abandon_rate", scope = "queue", above = 0.1, fewest = 50 }]', file_only=True,
    ),
)  # fmt: skip

SECTIONS: Mapping[str, str] = {
    "sources.zendesk": "Zendesk Support. A source is in use when its section stands here, or one of its variables is set.",
    "sources.chatwoot": "Chatwoot",
    "sources.asterisk": "Asterisk, FreePBX: files, or SQL tables",
    "sources.file_drop": "Files in the inbox; always in use",
    "serving": "What readers see: versions that are kept, PostgreSQL (docs/connect.md)",
    "alerts": "What is wrong is told by e-mail, by webhook or both (docs/operate.md#alerts); `deskmart alerts test` tries it",
}

CONNECTIONS: tuple[AirflowConnection, ...] = (
    AirflowConnection("deskmart_zendesk", "address", "e-mail", "API token", "topic_field, order_field"),
    AirflowConnection("deskmart_chatwoot", "address", "", "access token", "account_id"),
    AirflowConnection(
        "deskmart_asterisk", "SQLAlchemy URL (as the extra `dsn`, or the whole connection as a URI)", "", "",
        "path, timezone, exit_keys, extensions, userfield",
    ),
    AirflowConnection("deskmart_serving", "the PostgreSQL that readers query (or the whole connection as a URI)", "login", "password"),
    AirflowConnection("deskmart_smtp", "mail server (and its port)", "login", "password", "email_from, email_to, smtp_security"),
    AirflowConnection("deskmart_webhook", "", "", "the whole address", "webhook_style, webhook_secret"),
)  # fmt: skip


def refuse_unknown(found: Iterable[str], known: Collection[str], place: str) -> None:
    """`SettingsError` when a name is none that is known: a slip of the pen must not pass for a setting."""
    for name in found:
        if name not in known:
            near = get_close_matches(name, known, 1)
            todo = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            raise SettingsError(f"{place} knows no {name!r}", todo=todo)


def names_of(section: str) -> list[str]:
    """The keys that may stand in a section of the file; '' is the file's top."""
    return [setting.name for setting in SETTINGS if setting.section == section and setting.name]


def variables_of(section: str) -> dict[str, bool]:
    """The names of a section's settings that a variable can set, and whether each is a secret."""
    prefix = f"DESKMART_{section.rpartition('.')[2].upper()}_"
    return {
        setting.variable.removeprefix(prefix).lower(): setting.is_secret
        for setting in SETTINGS
        if setting.section == section and setting.variable
    }
