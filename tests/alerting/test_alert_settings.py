"""`[alerts]`: what may stand there, who wins, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskmart.alerting.settings import KpiLimit
from deskmart.errors import SettingsError
from deskmart.settings import load_settings

SECRET_VARIABLES = ("SMTP_PASSWORD", "WEBHOOK_URL", "WEBHOOK_SECRET")


def home(path: Path, text: str) -> Path:
    (path / "deskmart.toml").write_text(f"[alerts]\n{text}\n", encoding="utf-8")
    return path


def test_file_and_environment_together(tmp_path: Path) -> None:
    text = 'email_to = ["a@b.example"]\nemail_from = "d@b.example"\nsmtp_host = "mail"\nkpis = [{ kpi = "csat", below = 0.8 }]'
    environ = {"DESKMART_ALERTS_EMAIL_TO": "x@b.example, y@b.example", "DESKMART_ALERTS_WEBHOOK_URL": "https://hook.example/k"}
    alerts = load_settings(home(tmp_path, text), environ).alerts
    assert alerts.email_to == ("x@b.example", "y@b.example")
    assert (alerts.channels, alerts.port) == (("email", "webhook"), 587)
    assert alerts.kpis == (KpiLimit("csat", below=0.8),)


def test_without_anything_nobody_is_told(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}).alerts.channels == ()


@pytest.mark.parametrize("name", SECRET_VARIABLES)
def test_a_secret_is_refused_in_the_file_and_never_shown(name: str, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {f"DESKMART_ALERTS_{name}": "canary-hush"})
    assert "canary" not in repr(settings)
    with pytest.raises(SettingsError, match=f"DESKMART_ALERTS_{name}") as caught:
        load_settings(home(tmp_path, f'{name.lower()} = "canary-hush"'), {})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("stale_hour = 3", "did you mean stale_hours", id="a slip"),
        pytest.param('stale_hours = "soon"', "stale_hours", id="no number"),
        pytest.param("repeat_hours = -1", "repeat_hours", id="less than nothing"),
        pytest.param("repeat_hours = nan", "repeat_hours", id="not a number"),
        pytest.param("stale_hours_of = { zendesc = 3 }", "did you mean zendesk", id="an unknown source"),
        pytest.param('webhook_style = "irc"', "one of json", id="an unknown style"),
        pytest.param('language = "fr"', "one of en, zh", id="an unknown language"),
        pytest.param('email_to = ["nobody"]', "no address", id="no address"),
        pytest.param('email_to = ["a@b.example\\nBcc: c@d.example"]', "no address", id="an address with a second header"),
        pytest.param('email_to = ["a@b.example"]\nsmtp_host = "mail"', "email_from", id="no sender"),
        pytest.param('smtp_security = "none"\nsmtp_user = "x"\nsmtp_host = "mail"', "in clear", id="a password in clear"),
        pytest.param('kpis = "csat"', "list of tables", id="limits that are a text"),
        pytest.param("kpis = [{ below = 0.8 }]", "names no KPI", id="a limit without a KPI"),
        pytest.param('kpis = [{ kpi = "csat", under = 0.8 }]', "knows no 'under'", id="an unknown word in a limit"),
        pytest.param('kpis = [{ kpi = "csat", days = 3 }]', "1 or 7", id="three days"),
    ],
)
def test_what_cannot_be_is_one_line_that_says_what_to_do(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings(home(tmp_path, text), {})
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(")")
