"""What protects the desk before any page is asked: headers, forgery, guessing, and a log of it.

A form or script that changes something must show the token that belongs to the browser's `visit`
cookie (a signed double submit; OWASP, Cross-Site Request Forgery Prevention), and come from the
desk's own address. The scripts of a page come from the desk itself; nothing inline is run.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.web.request_limits import MAX_FORM_BYTES
from pipeline.core.secret_file import read_or_make
from pipeline.core.security_log import log, security_log
from pipeline.errors import ChifengError, StorageError
from pipeline.i18n import _, use_language

__all__ = [
    "LANGUAGE", "SESSION", "VISIT", "CsrfError", "SecurityMiddleware", "cookie_name", "csrf_token",
    "load_secret", "log", "masked_path", "require_csrf_token", "security_log",
]  # fmt: skip

SESSION = "chifeng_session"
VISIT = "chifeng_visit"
LANGUAGE = "chifeng_lang"
_SAFE = ("GET", "HEAD", "OPTIONS")
_KEY_BYTES = 32
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: "
    "blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


class CsrfError(ChifengError):
    """A change that did not come from a page of the desk."""


class SecurityMiddleware:
    """The outermost layer: sets headers, the visit cookie, and the language of the answer."""

    def __init__(self, app: ASGIApp, failed: Callable[[Request, Exception], ASGIApp]) -> None:
        self.app = app
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        # uvicorn has asked the proxies it trusts; what anybody else says of the scheme is nothing.
        secure = scope["scheme"] == "https"
        visit = connection.cookies.get(cookie_name(VISIT, secure), "")
        known = len(visit) >= 32
        state = scope.setdefault("state", {})
        state["visit"] = visit if known else secrets.token_urlsafe(32)
        state["nonce"] = secrets.token_urlsafe(16)
        state["secure"] = secure

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                _set_headers(headers, state["nonce"], secure)
                if not known:
                    headers.append("set-cookie", _cookie(state["visit"], secure))
            await send(message)

        with use_language("en" if connection.cookies.get(LANGUAGE) == "en" else "zh"):
            await self._answer(scope, receive, sending)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request answered; also what nobody foresaw is told with all the headers."""
        began = False

        async def sending(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            if began:
                raise
            await self._failed(Request(scope, receive), error)(scope, receive, send)


def _set_headers(headers: MutableHeaders, nonce: str, secure: bool) -> None:
    headers.setdefault("content-security-policy", _POLICY.format(nonce=nonce))
    headers["x-content-type-options"] = "nosniff"
    headers.setdefault("referrer-policy", "same-origin")
    headers["cross-origin-opener-policy"] = "same-origin"
    headers["permissions-policy"] = "camera=(), geolocation=(), microphone=(self)"
    headers.setdefault("cache-control", "no-store")
    if secure:
        headers["strict-transport-security"] = "max-age=31536000"


def _cookie(visit: str, secure: bool) -> str:
    name, tail = cookie_name(VISIT, secure), "; Secure" if secure else ""
    return f"{name}={visit}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{tail}"


def cookie_name(name: str, secure: bool) -> str:
    """Return what a cookie is called. Under TLS no neighbour's page can plant one of that name
    (RFC 6265bis, 4.1.3.2): not under another port, not from a name above or below."""
    return f"__Host-{name}" if secure else name


def masked_path(path: str) -> str:
    """Return a path as it may stand in a log: without the secret of a link, on one line."""
    return repr(re.sub(r"^(/i/).+", r"\1…", path)[:200])


def csrf_token(request: Request) -> str:
    """Return the token that belongs to this browser."""
    secret: bytes = request.app.state.secret
    return hmac.new(secret, request.state.visit.encode(), hashlib.sha256).hexdigest()


async def require_csrf_token(request: Request) -> None:
    """Refuse a change that another site had the browser send."""
    if request.method in _SAFE:
        return
    if not _same_origin(request.headers):
        raise CsrfError(_("This did not come from a page of the desk."))
    token = request.headers.get("x-csrf-token", "")
    if not token and _is_form(request.headers):
        given = (await request.form()).get("csrf", "")
        token = given if isinstance(given, str) else ""
    if not hmac.compare_digest(token.encode(), csrf_token(request).encode()):
        raise CsrfError(
            _("This page has been open for too long."), remedy=_("Load it again and repeat.")
        )


def _is_form(headers: Headers) -> bool:
    """Tell whether this is a form that may be read before anybody has asked who sends it."""
    length = headers.get("content-length", "")
    small = length.isdecimal() and len(length) < 12 and int(length) <= MAX_FORM_BYTES
    return small and "form" in headers.get("content-type", "")


def _same_origin(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def load_secret(home: Path) -> bytes:
    """Return the home's secret, made at the first start: open pages outlive a restart by it."""
    path = home / "desk.key"
    found = read_or_make(path, lambda: secrets.token_bytes(_KEY_BYTES))
    if len(found) != _KEY_BYTES:
        raise StorageError(
            _("{path} is not the desk's key.").format(path=path), path=path,
            remedy=_("Restore it from the backup, or remove it: open pages must be loaded again."),
        )  # fmt: skip
    return found
