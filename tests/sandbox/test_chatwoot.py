"""The Chatwoot look-alike, read with its SDK and by hand, shows the world."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.serve import Shop
from sandbox.world import World


def api(shop: Shop, path: str) -> str:
    return f"{shop.chatwoot_url}/api/v1/accounts/{shop.chatwoot_account_id}/{path}"


def numbered(session: requests.Session, url: str) -> Iterator[list[dict[str, Any]]]:
    for number in range(1, 10_000):
        page = session.get(f"{url}{'&' if '?' in url else '?'}page={number}").json()
        rows = page if isinstance(page, list) else page.get("data", page)["payload"]
        if not rows:
            return
        yield rows


def all_messages(session: requests.Session, shop: Shop, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    url = api(shop, f"conversations/{number}/messages")
    while page := session.get(f"{url}?before={found[0]['id']}" if found else url).json()["payload"]:
        found = page + found
    return found


def test_conversations_are_paged_the_last_active_first(chatwoot: requests.Session, a_shop: Shop, a_world: World) -> None:
    read = list(numbered(chatwoot, api(a_shop, "conversations?status=all")))
    assert all(len(page) == 25 for page in read[:-1])
    rows = [row for page in read for row in page]
    active = [row["last_activity_at"] for row in rows]
    assert active == sorted(active, reverse=True)
    assert sorted(row["id"] for row in rows) == [talk.conversation_id for talk in a_world.conversations]
    meta = chatwoot.get(api(a_shop, "conversations?status=all")).json()["data"]["meta"]
    assert meta["all_count"] == len(rows) == meta["assigned_count"] + meta["unassigned_count"]
    assert meta["assigned_count"] == sum(1 for row in rows if "assignee" in row["meta"])


def test_messages_read_backwards_are_all_there(chatwoot: requests.Session, a_shop: Shop, a_world: World) -> None:
    longest = sorted(a_world.conversations, key=lambda talk: -len(talk.messages))[:5]
    assert len(longest[0].messages) > 20
    for talk in longest:
        read = all_messages(chatwoot, a_shop, talk.conversation_id)
        told = sorted((message for message in talk.messages if message.at <= a_world.end), key=lambda message: message.message_id)
        assert [(row["id"], row["content"], row["private"], row["created_at"]) for row in read] == [
            (message.message_id, message.content, message.private, message.at) for message in told
        ]


def test_the_first_human_reply_is_the_true_one(chatwoot: requests.Session, a_shop: Shop, a_world: World) -> None:
    agents = {agent.chatwoot_id: agent.agent_id for agent in a_world.roster.agents}
    stories = [chat for chat in a_world.truth.chats if chat.number == 1 and chat.answered_at and chat.answered_at < a_world.end][
        :40
    ]
    for chat in stories:
        rows = all_messages(chatwoot, a_shop, chat.conversation_id)
        human = [row for row in rows if row["message_type"] == 1 and not row["private"] and row["sender"]["type"] == "user"]
        assert human[0]["created_at"] == chat.answered_at
        assert human[0]["sender"]["id"] in agents
        bots = [row for row in rows if row.get("sender", {}).get("type") == "agent_bot"]
        assert bool(bots) == chat.has_bot


def test_a_conversation_grows(chatwoot: requests.Session, a_shop: Shop, a_world: World) -> None:
    talk = next(
        one for one in a_world.conversations if len(one.messages) > 10 and one.messages[5].at < one.messages[6].at < a_world.end
    )
    a_shop.show(talk.messages[5].at)
    early = all_messages(chatwoot, a_shop, talk.conversation_id)
    assert all(row["created_at"] <= talk.messages[5].at for row in early)
    assert chatwoot.get(api(a_shop, f"conversations/{talk.conversation_id}")).json()["status"] != "resolved"
    a_shop.show(a_world.end)
    late = all_messages(chatwoot, a_shop, talk.conversation_id)
    assert late[: len(early)] == early
    assert len(late) > len(early)


def test_reporting_events_come_newest_first_and_match_the_truth(chatwoot: requests.Session, a_shop: Shop, a_world: World) -> None:
    rows = [row for page in numbered(chatwoot, api(a_shop, "reporting_events")) for row in page]
    assert [row["id"] for row in rows] == list(range(len(rows), 0, -1))
    first = [row for row in rows if row["name"] == "first_response"]
    answered = [chat for chat in a_world.truth.chats if chat.answered_at is not None and chat.answered_at <= a_world.end]
    assert len(first) == len(answered)
    assert {row["value_in_business_hours"] for row in rows} == {0.0}
    meta = chatwoot.get(api(a_shop, "reporting_events")).json()["meta"]
    assert meta == {"count": len(rows), "current_page": 1, "total_pages": -(-len(rows) // 25)}


def test_surveys_show_the_true_scores(chatwoot: requests.Session, a_shop: Shop, a_world: World) -> None:
    rows = [row for page in numbered(chatwoot, api(a_shop, "csat_survey_responses")) for row in page]
    told = {
        talk.conversation_id: talk.rating[2]
        for talk in a_world.conversations
        if talk.rating is not None and talk.rating[1] is not None and talk.rating[1] <= a_world.end
    }
    assert {row["conversation_id"]: row["rating"] for row in rows} == told
    assert all(row["message_id"] for row in rows)


def test_contacts_carry_what_they_said_about_themselves(chatwoot: requests.Session, a_shop: Shop, a_world: World) -> None:
    rows = {row["id"]: row for page in numbered(chatwoot, api(a_shop, "contacts")) for row in page}
    for talk in a_world.conversations:
        row = rows[talk.contact_id]
        assert row["phone_number"] == (talk.person.phone if talk.is_known else None)
    number = next(iter(rows))
    assert chatwoot.get(api(a_shop, f"contacts/{number}")).json()["payload"] == rows[number]


def test_a_mover_is_no_longer_in_the_team(chatwoot: requests.Session, a_shop: Shop, a_world: World) -> None:
    mover = next(agent for agent in a_world.roster.by_kind["chat"] if len(agent.stays) > 1)
    after = chatwoot.get(api(a_shop, "teams/1/team_members")).json()
    a_shop.show(mover.stays[1][0] - 1)
    before = chatwoot.get(api(a_shop, "teams/1/team_members")).json()
    assert mover.chatwoot_id in {row["id"] for row in before}
    assert mover.chatwoot_id not in {row["id"] for row in after}


@pytest.mark.parametrize("path", ["conversations/999999", "conversations/999999/messages", "contacts/999999", "teams/9"])
def test_what_is_not_there_is_not_found(chatwoot: requests.Session, a_shop: Shop, path: str) -> None:
    assert chatwoot.get(api(a_shop, path)).status_code == 404


def test_without_the_token_nobody_gets_in(a_shop: Shop) -> None:
    assert requests.get(api(a_shop, "agents")).status_code == 401
    headers = {"api_access_token": a_shop.chatwoot_token}
    assert requests.get(f"{a_shop.chatwoot_url}/api/v1/accounts/2/agents", headers=headers).status_code == 401


SCRIPT = """
const Client = require("@figuro/chatwoot-sdk").default;
const [url, token] = process.argv.slice(2);
const client = new Client({config: {basePath: url, with_credentials: true, credentials: "include", token}});
const accountId = 1;
(async () => {
  const found = {conversations: [], messages: {}};
  for (let page = 1; ; page++) {
    const list = await client.conversations.list({accountId, status: "all", page});
    if (list.data.payload.length === 0) break;
    found.total = list.data.meta.all_count;
    found.conversations.push(...list.data.payload.map(one => [one.id, one.status, one.last_activity_at]));
  }
  for (const [conversationId] of found.conversations.slice(0, 20)) {
    const page = await client.messages.list({accountId, conversationId});
    found.messages[conversationId] = page.payload.map(one => [one.id, one.content, one.message_type]);
  }
  found.agents = (await client.agents.list({accountId})).map(one => one.id);
  found.teams = (await client.teams.list({accountId})).map(one => one.name);
  found.inboxes = (await client.inboxes.list({accountId})).payload.map(one => one.name);
  found.contacts = (await client.contacts.list({accountId, page: 1})).payload.map(one => one.id);
  console.log(JSON.stringify(found));
})().catch(error => { console.error(error); process.exit(1); });
"""


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Chatwoot's SDK in it."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not here")
    folder = tmp_path_factory.mktemp("sdk")
    (folder / "package.json").write_text("{}")
    got = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "@figuro/chatwoot-sdk@1"],
        cwd=folder,
        check=False,
        capture_output=True,
        timeout=600,
    )
    if got.returncode != 0:
        pytest.skip("the package @figuro/chatwoot-sdk cannot be had")
    (folder / "read.js").write_text(SCRIPT)
    return folder


@pytest.mark.slow
def test_the_sdk_reads_what_the_world_holds(sdk: Path, a_shop: Shop, a_world: World) -> None:
    command = ["node", "read.js", a_shop.chatwoot_url, a_shop.chatwoot_token]
    done = subprocess.run(command, cwd=sdk, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found, state = json.loads(done.stdout), a_shop.chatwoot.state
    assert found["conversations"] == [[number, row["status"], at] for at, number, row in state.conversations]
    assert found["total"] == len(a_world.conversations)
    for number, lines in found["messages"].items():
        talk = a_world.conversations[int(number) - 1]
        told = sorted((one for one in talk.messages if one.at <= a_world.end), key=lambda one: one.message_id)[-20:]
        assert lines == [[one.message_id, one.content, one.message_type] for one in told]
    assert found["agents"] == [row["id"] for row in state.agents]
    assert found["teams"] == ["售前", "售后"]
    assert found["inboxes"] == ["网站在线客服", "小程序"]
    assert found["contacts"] == list(state.contacts)[:15]
