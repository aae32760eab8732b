"""Whether those who are told could be reached at all, for `doctor`. Nothing is sent."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from deskmart.alerting.settings import AlertSettings


def unreachable(alerts: AlertSettings) -> list[str]:
    """A line per channel whose server does not answer."""
    places = []
    if "email" in alerts.channels:
        places.append(("the mail server", alerts.smtp_host, alerts.port))
    if "webhook" in alerts.channels:
        parts = urlsplit(alerts.webhook_url)
        places.append(("the webhook's server", parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)))
    found = []
    for name, host, port in places:
        try:
            socket.create_connection((host, port), timeout=5).close()
        except (OSError, UnicodeError) as error:
            found.append(f"{name} {host}:{port} does not answer ({getattr(error, 'strerror', None) or type(error).__name__})")
    return found
