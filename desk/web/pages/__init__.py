"""The pages of the desk, one module each; each has a `router`."""

from desk.web.pages import (
    account,
    deciding,
    deposit,
    difference,
    home,
    media,
    notes,
    proofreading,
    review,
    uploads,
)

__all__ = ["ROUTERS"]

ROUTERS = (
    home.router,
    account.router,
    media.router,
    deciding.router,
    proofreading.router,
    deposit.router,
    difference.router,
    notes.router,
    review.router,
    uploads.router,
)
"""All of them, in the order in which their addresses are tried."""
