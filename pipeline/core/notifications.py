"""Send messages: e-mail, WeCom, DingTalk, Feishu and whatever else Apprise knows."""

from __future__ import annotations

import logging

__all__ = ["send"]

log = logging.getLogger("chifeng.messaging")


def send(url: str, title: str, body: str) -> bool:
    """Send a message to one address; return whether it was accepted, and log it if not."""
    import apprise

    service = apprise.Apprise()
    if not service.add(url):
        log.warning("an address under [reminders] is not understood: %s://…", _kind(url))
        return False
    try:
        sent = service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
    except Exception:  # an error of a plug-in must not stop the production
        log.exception("a reminder by %s could not be sent", _kind(url))
        return False
    if not sent:
        log.warning("a reminder by %s could not be sent", _kind(url))
    return bool(sent)


def _kind(url: str) -> str:
    """Return the part of an address that holds no secret."""
    return url.partition("://")[0]
