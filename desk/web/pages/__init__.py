"""The pages of the desk, one module each; each has a `router`."""

from desk.web.pages import (
    account,
    adding,
    board,
    codes,
    deciding,
    deposit,
    deputies,
    difference,
    home,
    link,
    media,
    mine,
    notes,
    outline,
    proofreading,
    review,
    subject,
    uploads,
)

__all__ = ["ROUTERS"]

ROUTERS = (
    home.router,
    account.router,
    board.router,
    media.router,
    deciding.router,
    codes.router,
    proofreading.router,
    deposit.router,
    difference.router,
    notes.router,
    review.router,
    uploads.router,
    adding.router,
    deputies.router,
    outline.router,
    subject.router,
    link.router,
    mine.router,
)
"""All of them, in the order in which their addresses are tried."""
