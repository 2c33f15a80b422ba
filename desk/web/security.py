"""What protects the desk before any page is asked: headers, forgery, guessing, and a log of it.

A form or script that changes something must show the token that belongs to the browser's `visit`
cookie (a signed double submit; OWASP, Cross-Site Request Forgery Prevention), and come from the
desk's own address. The scripts of a page come from the desk itself; nothing inline is run.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections import defaultdict, deque
from logging.handlers import RotatingFileHandler
from pathlib import Path

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import ChifengError
from pipeline.i18n import _, speaking
from pipeline.store import storage_errors

__all__ = [
    "LANGUAGE", "SESSION", "VISIT", "Guard", "TooMany", "Tries", "csrf_token", "must_be_ours",
    "secret_of", "security_log",
]  # fmt: skip

SESSION = "chifeng_session"
VISIT = "chifeng_visit"
LANGUAGE = "chifeng_lang"
_SAFE = ("GET", "HEAD", "OPTIONS")
_WINDOW_S = 900.0
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: "
    "blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

log = logging.getLogger("chifeng.security")


class Forged(ChifengError):
    """A change that did not come from a page of the desk."""


class TooMany(ChifengError):
    """Too many wrong tries in a short time."""


class Guard:
    """The outermost layer: sets headers, the visit cookie, and the language of the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        visit = asked.cookies.get(VISIT, "")
        known = len(visit) >= 32
        state = scope.setdefault("state", {})
        state["visit"] = visit if known else secrets.token_urlsafe(32)
        state["nonce"] = secrets.token_urlsafe(16)
        secure = scope["scheme"] == "https" or asked.headers.get("x-forwarded-proto") == "https"
        state["secure"] = secure

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                _protect(headers, state["nonce"], secure)
                if not known:
                    headers.append("set-cookie", _cookie(state["visit"], secure))
            await send(message)

        with speaking("en" if asked.cookies.get(LANGUAGE) == "en" else "zh"):
            await self.app(scope, receive, sending)


def _protect(headers: MutableHeaders, nonce: str, secure: bool) -> None:
    headers.setdefault("content-security-policy", _POLICY.format(nonce=nonce))
    headers["x-content-type-options"] = "nosniff"
    headers["referrer-policy"] = "same-origin"
    headers["cross-origin-opener-policy"] = "same-origin"
    headers["permissions-policy"] = "camera=(), geolocation=(), microphone=(self)"
    headers.setdefault("cache-control", "no-store")
    if secure:
        headers["strict-transport-security"] = "max-age=31536000"


def _cookie(visit: str, secure: bool) -> str:
    tail = "; Secure" if secure else ""
    return f"{VISIT}={visit}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{tail}"


def csrf_token(request: Request) -> str:
    """Return the token that belongs to this browser."""
    secret: bytes = request.app.state.secret
    return hmac.new(secret, request.state.visit.encode(), hashlib.sha256).hexdigest()


async def must_be_ours(request: Request) -> None:
    """Refuse a change that another site had the browser send."""
    if request.method in _SAFE:
        return
    if not _same_origin(request.headers):
        raise Forged(_("This did not come from a page of the desk."))
    token = request.headers.get("x-csrf-token", "")
    if not token and "form" in request.headers.get("content-type", ""):
        given = (await request.form()).get("csrf", "")
        token = given if isinstance(given, str) else ""
    if not hmac.compare_digest(token.encode(), csrf_token(request).encode()):
        raise Forged(
            _("This page has been open for too long."), remedy=_("Load it again and repeat.")
        )


def _same_origin(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def secret_of(home: Path) -> bytes:
    """Return the home's secret, made at the first start: open pages outlive a restart by it."""
    path = home / "desk.key"
    with storage_errors(home):
        try:
            handle = path.open("xb")
        except FileExistsError:
            return path.read_bytes()
        with handle:
            path.chmod(0o600)
            made = secrets.token_bytes(32)
            handle.write(made)
        return made


class Tries:
    """Counts wrong tries per key (a name, an address) in the last quarter of an hour."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._at: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def must_be_few(self, *keys: str) -> None:
        """Raise TooMany where one of the keys has had its tries."""
        with self._lock:
            for key in keys:
                at = self._at.get(key)
                while at and time.monotonic() - at[0] > _WINDOW_S:
                    at.popleft()
                if at and len(at) >= self._limit:
                    raise TooMany(
                        _("Too many wrong tries."), remedy=_("Wait a quarter of an hour.")
                    )

    def wrong(self, *keys: str) -> None:
        """Count a wrong try."""
        with self._lock:
            if len(self._at) > 10_000:  # somebody tries names without end
                self._at = defaultdict(deque, {k: v for k, v in self._at.items() if len(v) > 1})
            for key in keys:
                self._at[key].append(time.monotonic())


def security_log(home: Path) -> None:
    """Write who signed in, failed to, or was refused, to logs/security.log."""
    if any(isinstance(h, RotatingFileHandler) for h in log.handlers):
        return
    handler = RotatingFileHandler(
        home / "logs" / "security.log", maxBytes=2_000_000, backupCount=9, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
