"""Settings: who wins, what is refused, what is never shown."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from deskmart.errors import SettingsError
from deskmart.settings import SOURCE_VARIABLES, load_settings

SECRETS = [(source, name) for source, names in SOURCE_VARIABLES.items() for name, is_secret in names.items() if is_secret]


def written(home: Path, text: str) -> Path:
    (home / "deskmart.toml").write_text(text)
    return home


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    home = written(tmp_path, 'site_timezone = "Asia/Tokyo"\nthreads = 3\n[sources.zendesk]\nurl = "http://file"\nemail = "a@b"\n')
    environ = {"DESKMART_SITE_TIMEZONE": "Europe/Berlin", "DESKMART_THREADS": "1", "DESKMART_ZENDESK_URL": "http://environment"}

    settings = load_settings(home, environ)

    assert (settings.site_timezone, settings.threads) == ("Europe/Berlin", 1)
    assert settings.source("zendesk").options == {"url": "http://environment", "email": "a@b"}
    assert load_settings(home, {}).site_timezone == "Asia/Tokyo"


def test_without_file_and_environment_only_file_drop_is_in_use(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert list(settings.sources) == ["file_drop"]
    assert (settings.site_timezone, settings.default_region) == ("Asia/Shanghai", "CN")


def test_the_home_is_the_given_one_else_the_environments_else_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"DESKMART_HOME": str(tmp_path / "said")}
    assert load_settings(tmp_path / "given", environ).home == tmp_path / "given"
    assert load_settings(None, environ).home == tmp_path / "said"
    assert load_settings(None, {}).home == tmp_path / "data"


@pytest.mark.parametrize(("source", "name"), SECRETS)
def test_a_secret_in_the_file_is_refused(source: str, name: str, tmp_path: Path) -> None:
    home = written(tmp_path, f'[sources.{source}]\n{name} = "hush"\n')
    with pytest.raises(SettingsError) as caught:
        load_settings(home, {})
    assert f"DESKMART_{source.upper()}_{name.upper()}" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(("source", "name"), SECRETS)
def test_no_secret_is_ever_shown(source: str, name: str, tmp_path: Path) -> None:
    settings = load_settings(
        tmp_path, {f"DESKMART_{source.upper()}_{name.upper()}": "canary-hush", "DESKMART_TOKEN_KEY": "canary-key"}
    )
    assert settings.source(source).need(name) == "canary-hush"
    for shown in (repr(settings), str(settings), repr(settings.source(source)), f"{settings.sources}"):
        assert "canary" not in shown


def test_what_is_not_set_is_named_with_the_way_to_set_it(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"DESKMART_ZENDESK_URL": "http://x"})
    with pytest.raises(SettingsError, match="DESKMART_ZENDESK_TOKEN"):
        settings.source("zendesk").need("token")
    with pytest.raises(SettingsError, match=r"\[sources.chatwoot\]"):
        settings.source("chatwoot")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("threads = = 2", id="no TOML"),
        pytest.param('site_timezone = "Mars/Olympus"', id="no such zone"),
        pytest.param('site_timezone = "/etc/passwd"', id="a path as zone"),
        pytest.param('threads = "many"', id="no number of threads"),
        pytest.param('bad_share_limit = "some"', id="no share"),
        pytest.param("sources = 3", id="sources are no table"),
        pytest.param("[sources]\nzendesk = 3", id="a source is no table"),
    ],
)
def test_a_broken_file_is_one_line_that_says_what_to_do(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(written(tmp_path, text), {})
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(")")


def test_a_source_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="zendesc"):
        load_settings(written(tmp_path, '[sources.zendesc]\nurl = "http://x"\n'), {})


def test_the_token_key_is_drawn_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = load_settings(home, {}).token_key
    assert len(first) == 64
    assert load_settings(home, {}).token_key == first
    assert stat.S_IMODE((home / "token.key").stat().st_mode) == 0o600
    assert load_settings(tmp_path / "other", {}).token_key != first


def test_a_token_key_of_the_environment_leaves_nothing_on_disk(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"DESKMART_TOKEN_KEY": "from outside"}).token_key == b"from outside"
    assert list(tmp_path.iterdir()) == []
