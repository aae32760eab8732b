"""`python -m sandbox serve | generate`: the pretend shop as a process of its own."""

import argparse
import json
import os
import signal
import sys
import time
from datetime import date, datetime
from pathlib import Path
from threading import Event

from sandbox.clock import shown
from sandbox.dirt import DIRT
from sandbox.generate import generate
from sandbox.serve import HOST, Shop
from sandbox.world import World


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 when all went well, 2 for wrong usage."""
    options = _options(arguments)
    try:
        dirt = frozenset(options.dirt.split(",")) - {""}
        world = World(options.seed, options.first_day, options.days, options.contacts_per_day, options.timezone, dirt)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    now = _now(world, options)
    if options.home is not None:
        generate(world, options.home, now)
    if options.command == "serve":
        _serve(world, now, options)
    return 0


def _now(world: World, options: argparse.Namespace) -> int:
    if options.live:
        return shown(time.time())
    if options.now is None:
        return world.end
    return int(datetime.fromisoformat(options.now).replace(tzinfo=world.calendar.zone).timestamp())


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The pretend shop.")
    parser.add_argument("command", choices=("serve", "generate"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--first-day", "--since", dest="first_day", type=date.fromisoformat, default=date(2026, 9, 1))
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--contacts-per-day", "--contacts", dest="contacts_per_day", type=int, default=670)
    parser.add_argument("--timezone", default="Asia/Shanghai")
    parser.add_argument("--dirt", default="", help=f"comma-separated: {', '.join(DIRT)}")
    parser.add_argument("--now", help="local ISO time up to which things have happened; default the world's end")
    parser.add_argument("--live", action="store_true", help="things happen as the clock says, from half hour to half hour")
    parser.add_argument("--home", "--directory", dest="home", type=Path, help="where to write asterisk/, inbox/ and mappings/")
    parser.add_argument("--host", default=HOST, help="address to listen on; default loopback")
    parser.add_argument("--port", type=int, default=0, help="of Zendesk; Chatwoot's is the next; 0 for any")
    parser.add_argument("--rate-limit", type=int, help="Zendesk exports a minute")
    options = parser.parse_args(arguments)
    if options.command == "generate" and options.home is None:
        parser.error("generate needs --home")
    if options.live and options.now is not None:
        parser.error("--live and --now exclude each other")
    return options


def _serve(world: World, now: int, options: argparse.Namespace) -> None:
    """Serves until told to stop, or until the process that started this one is gone."""
    stop, parent, home = Event(), os.getppid(), options.home
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Shop(world, now=now, port=options.port, rate_limit=options.rate_limit, host=options.host) as shop:
        zendesk = {"url": shop.zendesk_url, "email": shop.zendesk_email, "token": shop.zendesk_token}
        chatwoot = {"url": shop.chatwoot_url, "account_id": shop.chatwoot_account_id, "token": shop.chatwoot_token}
        ready: dict[str, object] = {"zendesk": zendesk, "chatwoot": chatwoot, "now": now}
        if home is not None:
            places = {name: str(home.absolute() / name) for name in ("inbox", "mappings")}
            ready = {**ready, "asterisk": {"path": str(home.absolute() / "asterisk")}, **places}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        while not stop.wait(timeout=1) and os.getppid() == parent:
            if options.live and (moment := shown(time.time())) > now:
                now = moment
                if home is not None:
                    generate(world, home, now)
                shop.show(now)


if __name__ == "__main__":
    raise SystemExit(main())
