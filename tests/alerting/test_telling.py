"""What is wrong is told once, again when it lasts, once more when it is over; what cannot be sent is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from deskmart.alerting.message import Alert
from deskmart.alerting.telling import flush, open_alerts, put_off, settle, tell, tell_put_off, waiting, well_again
from deskmart.errors import AlertError
from deskmart.lake import Lake
from deskmart.settings import Settings
from tests.alerting.conftest import MailServer, hook_words, mail_words, posted

MONDAY = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)
BEHIND = Alert("stale", "stale/zendesk", "zendesk is behind", "look")
FAILED = Alert("failed", "failed/ingest_zendesk/land", "land failed")
AHomeOf = Callable[..., Settings]


def test_an_alert_goes_by_every_channel_that_is_set(mail_server: MailServer, webhook: HTTPServer, a_home: AHomeOf) -> None:
    settings = a_home(**mail_words(mail_server), **hook_words(webhook))

    assert tell([BEHIND], settings, MONDAY) == 1

    (said,) = posted(webhook)
    assert (said["kind"], said["state"], said["lines"]) == ("stale", "raised", ["zendesk is behind → look"])
    ((to, mail),) = mail_server.mails
    assert to == ["a@shop.example", "b@shop.example"]
    assert mail["Subject"] == "[deskmart] A source is behind"
    assert "zendesk is behind → look" in mail.get_content()
    assert waiting(settings) == []


def test_several_alerts_of_one_kind_are_one_message(webhook: HTTPServer, a_home: AHomeOf) -> None:
    settings = a_home(**hook_words(webhook))
    others = [Alert("kpi", f"kpi/{number}", f"queue {number}") for number in range(3)]

    assert tell([*others, BEHIND], settings, MONDAY) == 4

    assert [(one["kind"], len(one["lines"])) for one in posted(webhook)] == [("kpi", 3), ("stale", 1)]


@pytest.mark.parametrize(("hours", "times"), [pytest.param(19, 1, id="soon"), pytest.param(20, 2, id="a day later")])
def test_what_lasts_is_told_again_after_so_many_hours(hours: int, times: int, webhook: HTTPServer, a_home: AHomeOf) -> None:
    settings = a_home(**hook_words(webhook), repeat_hours=20)
    for moment in (MONDAY, MONDAY + timedelta(hours=hours)):
        tell([BEHIND], settings, moment)

    assert len(posted(webhook)) == times
    (one,) = open_alerts(settings)
    assert (one.since, one.times) == (MONDAY.isoformat(), 2)


def test_what_is_over_is_told_once_and_forgotten(webhook: HTTPServer, a_home: AHomeOf) -> None:
    settings = a_home(**hook_words(webhook), language="zh")
    tell([BEHIND, FAILED], settings, MONDAY)

    well_again("ingest_zendesk", settings)
    well_again("ingest_zendesk", settings)

    assert [(one["state"], one["title"]) for one in posted(webhook)][2:] == [("over", "已恢复：任务失败")]
    assert [one.key for one in open_alerts(settings)] == ["stale/zendesk"]
    assert tell([FAILED], settings, MONDAY) == 1  # anew


def test_a_dag_whose_name_begins_alike_is_another(a_home: AHomeOf) -> None:
    settings = a_home()
    tell([Alert("failed", "failed/ingest_zendesk_2/land", "x")], settings, MONDAY)
    well_again("ingest_zendesk", settings)
    assert len(open_alerts(settings)) == 1


def test_what_cannot_be_sent_is_kept_and_goes_with_the_next(a_home: AHomeOf, httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/hook").respond_with_response(Response("no", 503))
    httpserver.expect_ordered_request("/hook").respond_with_json({})
    httpserver.expect_ordered_request("/hook").respond_with_json({})
    settings = a_home(**hook_words(httpserver))

    tell([BEHIND], settings, MONDAY)  # does not raise: what is told of has gone wrong already
    assert len(waiting(settings)) == 1

    tell([FAILED], settings, MONDAY)
    assert [one["kind"] for one in posted(httpserver)] == ["stale", "stale", "failed"]
    assert waiting(settings) == []


def test_a_channel_that_is_away_does_not_stop_the_other(mail_server: MailServer, a_home: AHomeOf) -> None:
    settings = a_home(**mail_words(mail_server), webhook_url="http://127.0.0.1:9/hook?key=hush")

    tell([BEHIND], settings, MONDAY)

    assert len(mail_server.mails) == 1
    with pytest.raises(AlertError, match=r"127\.0\.0\.1 does not answer") as caught:
        flush(settings)
    assert "hush" not in str(caught.value)
    assert [path.stem.rpartition("-")[2] for path in waiting(settings)] == ["webhook"]


def test_without_any_channel_alerts_are_noted_and_nothing_waits(a_home: AHomeOf) -> None:
    settings = a_home()
    assert tell([BEHIND], settings, MONDAY) == 1
    assert [one.line for one in open_alerts(settings)] == ["zendesk is behind → look"]
    assert waiting(settings) == []


def test_what_was_sent_is_noted_without_where_to(webhook: HTTPServer, a_home: AHomeOf) -> None:
    settings = a_home(**hook_words(webhook))
    tell([BEHIND], settings, MONDAY)
    text = (Lake(settings.home).alerts / "sent.jsonl").read_text()
    assert json.loads(text)["channel"] == "webhook"
    assert "hush" not in text
    assert Lake(settings.home).alerts.stat().st_mode & 0o077 == 0


def test_a_line_break_in_an_error_makes_no_second_header_or_line(mail_server: MailServer, a_home: AHomeOf) -> None:
    settings = a_home(**mail_words(mail_server))
    tell([Alert("failed", "x", "a\r\nBcc: thief@shop.example\r\n\r\nb")], settings, MONDAY)
    ((to, mail),) = mail_server.mails
    assert "thief@shop.example" not in to
    assert mail["Bcc"] is None
    assert mail.get_content().splitlines()[0] == "a Bcc: thief@shop.example b"


def test_settling_nothing_says_nothing(webhook: HTTPServer, a_home: AHomeOf) -> None:
    settings = a_home(**hook_words(webhook))
    assert settle(settings, lambda one: True) == 0
    assert posted(webhook) == []


def test_what_was_put_off_is_told_once_by_who_knows_to_whom(webhook: HTTPServer, a_home: AHomeOf) -> None:
    put_off(FAILED, a_home())
    assert open_alerts(a_home()) == []
    settings = a_home(**hook_words(webhook))
    assert (tell_put_off(settings, MONDAY), tell_put_off(settings, MONDAY)) == (1, 0)
    assert [one["kind"] for one in posted(webhook)] == ["failed"]
