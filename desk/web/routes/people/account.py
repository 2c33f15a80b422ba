"""Signing in and out, one's own password, and the accounts of others."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.web.access import ADMINISTRATOR, PUBLIC, SIGNED_IN, Visitor
from desk.web.form_state import FormState
from desk.web.render import render
from desk.web.routes.home import local_address
from desk.web.security import SESSION, cookie_name, log
from pipeline.errors import ChifengError, FormError
from pipeline.i18n import _
from pipeline.review.access import accounts, staff
from pipeline.stage import Role
from pipeline.workflow import name_changes, roster

__all__ = ["client_address", "router", "start_session"]

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: Annotated[Visitor, PUBLIC], to: str = "/") -> Response:
    """Show the form."""
    return render(request, "sign_in.html", to=local_address(to), form=FormState())


@router.post("/sign-in")
def sign_in(
    request: Request, visitor: Annotated[Visitor, PUBLIC], person: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "", to: Annotated[str, Form()] = "/",
) -> Response:  # fmt: skip
    """Sign in, or say that name and password do not fit."""
    production, client = visitor.production, client_address(request)
    # A stranger who tries a name from elsewhere does not keep its owner out, unless very many do;
    # nor does one forgetful person everybody else behind the same address.
    tried = person.strip()[:100]
    both, name, address = f"{client} {tried}", f"person {tried}", f"client {client}"
    limits = {both: 1, name: 10, address: 10}
    with request.app.state.tries.attempt(limits) as attempt:
        found = accounts.check_password(production, person.strip(), password)
        attempt.right = found is not None
    if found is None:
        log.info("wrong password for %r from %s", person[:100], client)
        form = FormState(person=person[:100], password="")
        form.add_error(_("Name and password do not fit."), "password")
        return render(request, "sign_in.html", 401, to=local_address(to), form=form)
    log.info("%r signed in from %s", found.name, client)
    token = accounts.open_session(production, person_id=found.id)
    return start_session(request, token, local_address(to))


def start_session(request: Request, token: str, to: str, *, days: int = 0) -> Response:
    """Go on to a page with a new session; whatever was open in this browser before ends.

    The browser forgets it when it is closed, or after some days.
    """
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    if visitor is not None and visitor.session is not None:
        accounts.close_session(visitor.production, visitor.session.session_id)
    response = RedirectResponse(to, 303)
    response.set_cookie(
        cookie_name(SESSION, request.state.secure), token, httponly=True, samesite="lax",
        secure=request.state.secure, path="/",
        max_age=days * 86_400 or None,
    )  # fmt: skip
    return response


@router.post("/sign-out")
def sign_out(request: Request, visitor: Annotated[Visitor, PUBLIC]) -> Response:
    """End the session."""
    if visitor.session is not None:
        accounts.close_session(visitor.production, visitor.session.session_id)
    response = RedirectResponse("/sign-in", 303)
    secure = request.state.secure
    response.delete_cookie(cookie_name(SESSION, secure), secure=secure, httponly=True)
    return response


@router.get("/password")
def password_page(request: Request, visitor: Annotated[Visitor, SIGNED_IN]) -> Response:
    """Show the form for a new password."""
    return render(request, "password.html", form=FormState())


@router.post("/password")
def change_password(
    request: Request, visitor: Annotated[Visitor, SIGNED_IN], old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Take a new password for the old one; all sessions but this browser's end."""
    name, client = visitor.name, client_address(request)
    # Counted apart from signing in: strangers who try the name keep nobody from a new password.
    with request.app.state.tries.attempt({f"own {name}": 1}) as attempt:
        person = accounts.check_password(visitor.production, name, old)
        attempt.right = person is not None
    form = FormState(old="", new="", again="")
    if person is None:
        form.add_error(_("The present password is not right."), "old")
    elif new != again:
        form.add_error(_("The two new passwords differ."), "again")
    else:
        try:
            accounts.set_password(visitor.production, name, new, by=name)
        except ChifengError as error:
            form.add_error(error, "new")
    if form.errors or person is None:
        return render(request, "password.html", 422, form=form)
    log.info("%r changed the password from %s", name, client)
    return start_session(
        request, accounts.open_session(visitor.production, person_id=person.id), "/"
    )


@router.get("/people")
def people_page(request: Request, visitor: Annotated[Visitor, ADMINISTRATOR]) -> Response:
    """Show everybody, what they do, and who can sign in."""
    return _people(request, visitor, FormState())


@router.post("/people")
def add_person(
    request: Request, visitor: Annotated[Visitor, ADMINISTRATOR],
    name: Annotated[str, Form()] = "", roles: Annotated[list[str] | None, Form()] = None,
    distinction: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Add somebody, or give them more roles."""
    form = FormState(name=name, roles=roles or [], distinction=distinction)
    try:
        held = [Role(role) for role in roles or () if role in set(Role)]
        roster.add_person(visitor.production, name.strip(), held, distinction=distinction)
    except ChifengError as error:
        form.add_error(error, "name")
        return _people(request, visitor, form)
    log.info("%r gave %r the roles %s", visitor.name, name[:100], roles)
    return RedirectResponse("/people", 303)


@router.post("/people/change")
def change_person(
    request: Request, visitor: Annotated[Visitor, ADMINISTRATOR],
    whom: Annotated[str, Form(max_length=200)], what: Annotated[str, Form(max_length=60)],
    why: Annotated[str, Form(max_length=500)] = "",
    new_name: Annotated[str, Form(max_length=400)] = "",
) -> Response:  # fmt: skip
    """Rename or retire somebody, reinstate them, or take a role from them."""
    form = FormState(whom=whom, what=what, new_name=new_name, why=why)
    try:
        _change(visitor, whom, what, why, new_name)
    except ChifengError as error:
        form.add_error(error, "new_name" if what == "rename" else "what")
        return _people(request, visitor, form)
    log.info("%r changed %r: %s", visitor.name, whom, what)
    return RedirectResponse("/people", 303)


def _change(visitor: Visitor, name: str, what: str, reason: str, new_name: str) -> None:
    production, by = visitor.production, visitor.name
    if what == "rename":
        name_changes.rename_person(production, name, new_name, by=by, reason=reason)
    elif what == "retire":
        staff.retire(production, name, by=by, reason=reason)
    elif what == "reinstate":
        staff.reinstate(production, name, by=by, reason=reason)
    elif what in set(Role):
        staff.withdraw_role(production, name, Role(what), by=by, reason=reason)
    else:
        raise FormError(_("Choose what is to be changed."), key="what")


@router.post("/people/password")
def give_password(
    request: Request, visitor: Annotated[Visitor, ADMINISTRATOR], name: Annotated[str, Form()]
) -> Response:
    """Give somebody a new password and show it once."""
    made = accounts.generate_password()
    accounts.set_password(visitor.production, name, made, by=visitor.name)
    log.info("%r gave %r a new password", visitor.name, name[:100])
    return _people(request, visitor, FormState(), given=(name, made))


def _people(
    request: Request, visitor: Visitor, form: FormState, *, given: tuple[str, str] = ("", "")
) -> Response:
    return render(
        request, "people.html", 422 if form.errors else 200, form=form, given=given,
        people=roster.people(visitor.production, retired=True), roles=list(Role),
    )  # fmt: skip


def client_address(request: Request) -> str:
    """Return the address the request came from: what the proxy says, where there is one."""
    return request.client.host if request.client else "-"
