"""The pages of the desk, one module each; each has a `router`."""

from desk.web.pages import (
    account,
    deciding,
    home,
    media,
    proofreading,
    notes,
    review,
)

__all__ = ["ROUTERS"]

ROUTERS = (
    home.router,
    account.router,
    media.router,
    deciding.router,
    proofreading.router,
    notes.router,
    review.router,
)
"""All of them, in the order in which their addresses are tried."""
