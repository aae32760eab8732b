"""A home of file drop with a customer in every place where one can be: for the tests of erasure and retention."""

from __future__ import annotations

from pathlib import Path

from deskmart.lake import Lake
from expectations.admission import Admission
from expectations.gate import admit_all
from expectations.verify import verify
from ingestion.landing import Attempt
from tests.contract.file_drop_home import Home

PHONE, EMAIL = "13800138000", "canary.bird@secret.example"
CLEAR = (PHONE, "138 0013 8000", EMAIL, "Canary Lane")
MAPPING = """
    name: calls
    files: "calls*.csv"
    timezone: Asia/Shanghai
    exclude:
      - {when: {result: test}, reason: test call}
    streams:
      contact_legs:
        columns:
          contact_leg_id: {from: id}
          contact_id: {from: id, prefix: "c"}
          channel: {const: phone}
          channel_group: {const: voice}
          leg_kind: {const: queue}
          customer_phone: {from: phone}
          customer_email: {from: email}
          offered_at: {from: began}
          ended_at: {from: ended}
          outcome: {from: result, map: {lost: abandoned, over: overflow}}
"""
TALK = """
    name: talk
    files: "talk*.jsonl"
    timezone: UTC
    streams:
      messages:
        columns:
          message_id: {from: id}
          contact_id: {from: contact}
          sender_type: {from: by}
          sent_at: {from: at}
          is_public: {const: true}
          text: {from: text}
"""
CALLS = f"""id,phone,email,began,ended,result
1,{PHONE},{EMAIL},2024-01-05 09:00:00,2024-01-05 09:00:30,lost
1,{PHONE},{EMAIL},2024-01-05 09:00:00,2024-01-05 09:00:30,lost
2,13911112222,other@shop.example,2024-01-05 09:10:00,2024-01-05 09:11:00,over
3,138 0013 8000,,2024-01-05 09:20:00,2024-01-05 09:21:00,lost
4,{PHONE},,2024-01-05 09:30:00,2024-01-05 09:00:00,lost
5,{PHONE},,2024-01-05 09:30:00,2024-01-05 09:40:00,test
6,13911112222,,2024-01-05 09:50:00,2024-01-05 09:00:00,lost
7,,{EMAIL},2024-01-05 09:55:00,2024-01-05 09:56:00,lost
"""
TALKS = """{"id":"m1","contact":"c1","by":"customer","at":"2024-01-05T01:00:10Z","text":"I live at 7 Canary Lane"}
{"id":"m2","contact":"c1","by":"agent","at":"2024-01-05T01:00:20Z","text":"7 Canary Lane, right?"}
{"id":"m3","contact":"c2","by":"agent","at":"2024-01-05T01:10:20Z","text":"Hello there, thank you for calling"}
{"id":"m4","contact":"c2","by":"agent","at":"2024-01-05T01:10:30Z","text":"Your neighbour has 138-0013-8000"}
"""


def a_shop(path: Path) -> Home:
    """Calls and messages of two customers, through the gate."""
    (path / "deskmart.toml").write_text("bad_share_limit = 0.9\n")
    home = Home(path)
    home.map(MAPPING, "calls.yml")
    home.map(TALK, "talk.yml")
    home.drop("calls.csv", CALLS)
    home.drop("talk.jsonl", TALKS)
    through_the_gate(home)
    return home


def through_the_gate(home: Home) -> list[Admission]:
    return admit_all(home.land(), home.settings)


def attempts(home: Home) -> list[Attempt]:
    from ingestion.landing import stream_attempts

    lake = Lake(home.path)
    return [one for stream in ("contact_legs", "messages") for one in stream_attempts("file_drop", stream, lake)]


def broken(home: Home) -> list[str]:
    return [f"{one.subject}: {one.message}" for one in verify(home.settings) if one.severity == "broken"]
