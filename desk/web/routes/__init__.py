"""The pages of the desk, one module each; each has a `router`."""

from desk.web.routes import (
    board,
    compare,
    decisions,
    deposit,
    home,
    media,
    new_subject,
    notes,
    outline,
    proofreading,
    review,
    subject,
    uploads,
)
from desk.web.routes.people import account, deputies, interviewee, link, signing_code

__all__ = ["ROUTERS"]

ROUTERS = (
    home.router,
    account.router,
    board.router,
    media.router,
    decisions.router,
    signing_code.router,
    proofreading.router,
    deposit.router,
    compare.router,
    notes.router,
    review.router,
    uploads.router,
    new_subject.router,
    deputies.router,
    outline.router,
    subject.router,
    link.router,
    interviewee.router,
)
"""All of them, in the order in which their addresses are tried."""
