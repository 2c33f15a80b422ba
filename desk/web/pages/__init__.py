"""The pages of the desk, one module each; each has a `router`."""

from desk.web.pages import (
    account,
    deciding,
    difference,
    home,
    media,
    notes,
    proofreading,
    review,
)

__all__ = ["ROUTERS"]

ROUTERS = (
    home.router,
    account.router,
    media.router,
    deciding.router,
    proofreading.router,
    difference.router,
    notes.router,
    review.router,
)
"""All of them, in the order in which their addresses are tried."""
