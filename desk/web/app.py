"""Put the desk together."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response

from desk.web import request_limits, security
from desk.web.access import Forbidden, SignInFirst, has_session
from desk.web.assets import Assets
from desk.web.background_jobs import Jobs
from desk.web.event_stream import EventStream
from desk.web.render import environment, render
from desk.web.routes import ROUTERS
from desk.web.views.board import BoardViewCache
from pipeline.errors import (
    BusyError,
    ChifengError,
    NotFoundError,
    NotReadyError,
    SignOffError,
    StorageError,
    StorageUnavailableError,
)
from pipeline.i18n import _
from pipeline.review.quota import QuotaError
from pipeline.workflow.ingest.uploads import Uploads
from pipeline.workflow.production import Production

__all__ = ["create_app"]

log = logging.getLogger("chifeng.desk")

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (SignInFirst, 401),
    (Forbidden, 403),
    (security.CsrfError, 403),
    (request_limits.RateLimitError, 429),
    (QuotaError, 429),
    (NotFoundError, 404),
    (SignOffError, 409),
    (NotReadyError, 409),
    (BusyError, 503),
    (StorageUnavailableError, 503),
    (StorageError, 507),
    (ChifengError, 422),
)


def create_app(production: Production) -> FastAPI:
    """Return the desk of a production, ready to be served."""
    app = FastAPI(
        title="Chifeng Memory",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(security.require_csrf_token)],
    )
    app.state.production = production
    app.state.secret = security.load_secret(production.folder)
    app.state.templates = environment()
    app.state.boards = BoardViewCache(production)
    app.state.watch = EventStream(production)
    app.state.tries = request_limits.AttemptLimiter(production.settings.desk.sign_in_tries)
    # Wrong passwords from an address do not close the interviewees' door to it.
    app.state.link_tries = request_limits.AttemptLimiter(production.settings.desk.sign_in_tries)
    app.state.uploads = Uploads(production)
    app.state.jobs = Jobs()
    assets = Assets()
    app.state.assets = assets.version
    security.security_log(production.folder)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", assets)
    app.add_exception_handler(ChifengError, _on_known_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_form)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_allowed_hosts(production))
    app.add_middleware(request_limits.BodyLimitMiddleware, has_session=has_session)
    app.add_middleware(security.SecurityMiddleware, failed=_on_unexpected_error)
    return app


def _allowed_hosts(production: Production) -> list[str]:
    """Return the names the desk answers to: another one means a page that pretends to be it."""
    desk = production.settings.desk
    proxied = urlsplit(desk.address).hostname
    return [
        "127.0.0.1",
        "localhost",
        "[::1]",
        desk.host,
        *desk.names,
        *([proxied] if proxied else ()),
    ]


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _on_known_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ChifengError)
    status = next(code for kind, code in _STATUS if isinstance(error, kind))
    if status in (401, 403, 429):
        client = request.client.host if request.client else "-"
        path = security.masked_path(request.scope["path"])
        security.log.info("refused %s %s %s from %s", status, request.method, path, client)
    if isinstance(error, NotFoundError) and not _is_crew(request):
        # Whom and what else there is in the production is none of a stranger's business.
        error = NotFoundError(_("There is no such page."))
    if status == 401 and not _wants_json(request):
        return RedirectResponse(f"/sign-in?to={quote(request.url.path)}", 303)
    details = getattr(error, "details", {})
    return _error_response(request, status, error.what, error.remedy, **details)


def _is_crew(request: Request) -> bool:
    visitor = getattr(request.state, "visitor", None)
    return visitor is not None and bool(visitor.crew)


def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = _("There is no such page.") if error.status_code == 404 else str(error.detail)
    response = _error_response(request, error.status_code, what)
    response.headers.update(error.headers or {})
    return response


def _on_invalid_form(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = ", ".join(str(e["loc"][-1]) for e in error.errors()[:5])
    what = _("Something in the form is missing or wrong: {places}.").format(places=places)
    return _error_response(request, 422, what)


def _on_unexpected_error(request: Request, error: Exception) -> Response:
    log.error("%s %s", request.method, security.masked_path(request.scope["path"]), exc_info=error)
    what = _("Something unforeseen happened. What was saved is safe.")
    remedy = "" if _wants_json(request) else _("The log of the desk says more.")
    return _error_response(request, 500, what, remedy)


def _error_response(
    request: Request, status: int, what: str, remedy: str = "", **details: Any
) -> Response:
    if _wants_json(request):
        return JSONResponse({"error": what, "remedy": remedy, **details}, status)
    return render(request, "error.html", status, what=what, remedy=remedy)
