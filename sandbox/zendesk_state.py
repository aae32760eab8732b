"""What Zendesk Support knows at a moment, as the JSON objects its API shows."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random

from sandbox.clock import DAY, utc
from sandbox.dirt import soil_record
from sandbox.people import Agent, Person
from sandbox.tickets import (
    COMPLAINTS,
    EXPERTS,
    FIRST_LINE,
    GROUPS,
    SYSTEM,
    Audit,
    Ticket,
)
from sandbox.world import World

ADMIN_ID = 3_600_000_000_999
ADMIN_EMAIL = "admin@deskmart.example"
TOPIC_FIELD, ORDER_FIELD = 360_000_000_101, 360_000_000_102
ROLES = {"agent": "agent", "supervisor": "admin", "expert": "agent"}
VIA = {"Mail": "email", "Web form": "web", "Rule": "rule", "Web service": "api"}
GROUPS_OF_KIND = {"ticket": (FIRST_LINE, COMPLAINTS), "expert": (EXPERTS,)}

Record = dict[str, object]


@dataclass(slots=True)
class Dated:
    """A record with the moment and id that order it in an export."""

    at: int
    record_id: int
    record: Record


@dataclass(eq=False)
class ZendeskState:
    """The account at `now`, nothing later. Each resource is built when it is first asked for."""

    world: World
    now: int
    base_url: str
    _ids: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._ids = {agent.agent_id: agent.zendesk_id for agent in self.world.roster.agents}

    def soiled_records(self, name: str, records: list[Record]) -> list[Record]:
        """Records with the world's dirt on them: the same record is spoilt the same way at every moment."""
        kinds, seed = self.world.dirt, self.world.seed
        if not kinds or name == "users":
            return records
        return [soil_record(record, kinds, Random(f"{seed}/{name}/{record['id']}")) for record in records]

    def soiled(self, name: str, dated: list[Dated]) -> list[Dated]:
        """The rows of an export, soiled likewise."""
        records = self.soiled_records(name.replace("comment_events", "ticket_events"), [one.record for one in dated])
        return [replace(one, record=record) for one, record in zip(dated, records, strict=True)]

    def user_id(self, author: str, ticket: Ticket) -> int:
        """The Zendesk id of who did something on a ticket: its requester, an agent, or the system (-1)."""
        if author == "requester":
            return ticket.person.zendesk_id
        return SYSTEM if author == "system" else self._ids[author]

    def shown(self, name: str, value: object) -> object:
        """A field's value as the API shows it: assignees as Zendesk ids, tags as a list."""
        return (
            self._ids[str(value)]
            if name == "assignee_id" and value is not None
            else list(value)
            if isinstance(value, tuple)
            else value
        )

    def audits_of(self, ticket: Ticket) -> list[Audit]:
        return [
            audit
            for audit in ticket.audits
            if audit.at <= self.now and (ticket.deleted_at is None or audit.at < ticket.deleted_at)
        ]

    @cached_property
    def visible(self) -> list[Ticket]:
        """Tickets that exist, deleted ones included."""
        return [ticket for ticket in self.world.tickets if ticket.created_at <= self.now]

    @cached_property
    def followups(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for ticket in self.visible:
            if ticket.followup_of is not None:
                found.setdefault(ticket.followup_of.ticket_id, []).append(ticket.ticket_id)
        return found

    @cached_property
    def tickets(self) -> list[Dated]:
        """Every ticket as it stands, in the order of `generated_timestamp`."""
        return sorted((self._ticket(ticket) for ticket in self.visible), key=lambda one: (one.at, one.record_id))

    def _ticket(self, ticket: Ticket) -> Dated:
        audits, deleted = self.audits_of(ticket), ticket.deleted_at is not None and ticket.deleted_at <= self.now
        values: Record = {"status": "new", "assignee_id": None, "group_id": None, "priority": None, "tags": ()}
        for audit in audits:
            values.update(audit.changes)
        updated = ticket.deleted_at if deleted and ticket.deleted_at else audits[-1].at
        generated = max([updated, *(touch for touch in ticket.touches if touch <= self.now)])
        if deleted:
            values["status"] = "deleted"
        subject = ticket.audits[0].comment[0][:40] if ticket.audits[0].comment else ""
        topic, order = (
            {"id": TOPIC_FIELD, "value": ticket.issue.topic},
            {"id": ORDER_FIELD, "value": ticket.issue.order_id},
        )
        record: Record = {
            "url": f"{self.base_url}/api/v2/tickets/{ticket.ticket_id}.json",
            "id": ticket.ticket_id,
            "external_id": None,
            "via": self._via(ticket),
            "created_at": utc(ticket.created_at),
            "updated_at": utc(updated),
            "generated_timestamp": generated,
            "type": "question",
            "subject": subject,
            "raw_subject": subject,
            "description": subject,
            "priority": values["priority"],
            "status": values["status"],
            "recipient": None,
            "requester_id": ticket.person.zendesk_id,
            "submitter_id": ticket.person.zendesk_id,
            "assignee_id": self.shown("assignee_id", values["assignee_id"]),
            "organization_id": None,
            "group_id": values["group_id"],
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "forum_topic_id": None,
            "problem_id": None,
            "has_incidents": False,
            "is_public": True,
            "due_at": None,
            "tags": self.shown("tags", values["tags"]),
            "custom_fields": [topic, order],
            "satisfaction_rating": self._satisfaction(ticket),
            "sharing_agreement_ids": [],
            "fields": [topic, order],
            "followup_ids": self.followups.get(ticket.ticket_id, []),
            "ticket_form_id": 360_000_000_001,
            "brand_id": 360_000_000_002,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
        }
        return Dated(generated, ticket.ticket_id, record)

    def _via(self, ticket: Ticket) -> Record:
        source: Record = {"from": {}, "to": {}, "rel": None}
        if ticket.followup_of is not None:
            source = {
                "from": {"ticket_id": ticket.followup_of.ticket_id, "subject": None},
                "to": {},
                "rel": "follow_up",
            }
            return {"channel": ticket.channel, "source": source, "followup_source_id": ticket.followup_of.ticket_id}
        if ticket.channel == "email":
            source["from"] = {"address": ticket.person.email, "name": ticket.person.name}
        return {"channel": ticket.channel, "source": source}

    def _satisfaction(self, ticket: Ticket) -> Record:
        rating = ticket.rating
        if rating is None or rating.sent_at > self.now:
            return {"score": "unoffered"}
        if rating.answered_at is None or rating.answered_at > self.now:
            return {"score": "offered"}
        return {"id": rating.rating_id, "score": "good" if rating.is_good else "bad", "comment": rating.comment or None}

    @cached_property
    def ratings(self) -> list[Record]:
        """Satisfaction ratings, in the order they were offered."""
        found = []
        for ticket in self.visible:
            rating = ticket.rating
            if rating is None or rating.sent_at > self.now:
                continue
            answered = rating.answered_at if rating.answered_at and rating.answered_at <= self.now else None
            record: Record = {
                "url": f"{self.base_url}/api/v2/satisfaction_ratings/{rating.rating_id}.json",
                "id": rating.rating_id,
                "assignee_id": self._ids[rating.assignee_id],
                "group_id": ticket.value("group_id", rating.sent_at),
                "requester_id": ticket.person.zendesk_id,
                "ticket_id": ticket.ticket_id,
                "score": "offered" if answered is None else "good" if rating.is_good else "bad",
                "created_at": utc(rating.sent_at),
                "updated_at": utc(answered or rating.sent_at),
                "comment": (rating.comment or None) if answered else None,
                "reason": None,
                "reason_id": 0,
                "reason_code": 0,
            }
            found.append((rating.rating_id, record))
        return [record for _, record in sorted(found, key=lambda one: one[0])]

    @cached_property
    def users(self) -> list[Dated]:
        """Agents and customers, in the order of their last change."""
        begin = self.world.calendar.start - 200 * DAY
        found = [Dated(begin, ADMIN_ID, self._user(ADMIN_ID, "Admin", ADMIN_EMAIL, None, "admin", begin, True))]
        for agent in self.world.roster.agents:
            if "zendesk" in agent.systems:
                gone = agent.left_at is not None and agent.left_at <= self.now
                changed = agent.left_at if gone and agent.left_at else begin
                found.append(Dated(changed, agent.zendesk_id, self._agent(agent, begin, changed, not gone)))
        since: dict[int, tuple[int, Person]] = {}
        for ticket in self.visible:
            since.setdefault(ticket.person.person_id, (ticket.created_at, ticket.person))
        for at, person in since.values():
            record = self._user(person.zendesk_id, person.name, person.email, person.phone, "end-user", at, True)
            found.append(Dated(at, person.zendesk_id, {**record, "external_id": person.platform_id}))
        return sorted(found, key=lambda one: (one.at, one.record_id))

    def _agent(self, agent: Agent, created: int, changed: int, active: bool) -> Record:
        record = self._user(agent.zendesk_id, agent.name, agent.email, None, ROLES[agent.role], created, active)
        return {**record, "updated_at": utc(changed), "external_id": agent.agent_id}

    def _user(self, user_id: int, name: str, email: str | None, phone: str | None, role: str, at: int, active: bool) -> Record:
        return {
            "id": user_id,
            "url": f"{self.base_url}/api/v2/users/{user_id}.json",
            "name": name,
            "email": email,
            "created_at": utc(at),
            "updated_at": utc(at),
            "time_zone": "Beijing",
            "iana_time_zone": "Asia/Shanghai",
            "phone": phone,
            "shared_phone_number": None,
            "photo": None,
            "locale_id": 10,
            "locale": "zh-cn",
            "organization_id": None,
            "role": role,
            "verified": role != "end-user",
            "external_id": None,
            "tags": [],
            "alias": None,
            "active": active,
            "shared": False,
            "shared_agent": False,
            "last_login_at": None,
            "signature": None,
            "details": None,
            "notes": None,
            "suspended": not active,
            "default_group_id": None,
            "user_fields": {},
        }

    @cached_property
    def groups(self) -> list[Record]:
        at = utc(self.world.calendar.start - 200 * DAY)
        return [
            {
                "url": f"{self.base_url}/api/v2/groups/{group_id}.json",
                "id": group_id,
                "is_public": True,
                "name": name,
                "description": "",
                "default": group_id == FIRST_LINE,
                "deleted": False,
                "created_at": at,
                "updated_at": at,
            }
            for group_id, name in GROUPS.items()
        ]

    @cached_property
    def memberships(self) -> list[Record]:
        """Who is in which group at this moment."""
        found = []
        for agent in self.world.roster.agents:
            if agent.left_at is not None and agent.left_at <= self.now:
                continue
            since = max((at for at, _ in agent.stays if at <= self.now), default=agent.stays[0][0])
            for place, group_id in enumerate(GROUPS_OF_KIND.get(agent.kind_at(self.now), ())):
                number = 3_650_000_000_000 + 10 * agent.number + group_id % 10
                record: Record = {
                    "url": f"{self.base_url}/api/v2/group_memberships/{number}.json",
                    "id": number,
                    "user_id": agent.zendesk_id,
                    "group_id": group_id,
                    "default": place == 0,
                    "created_at": utc(since),
                    "updated_at": utc(since),
                }
                found.append(record)
        return found
