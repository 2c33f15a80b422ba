"""The toy production, for attacks on it."""

from tests.pipeline.conftest import peopled, place, production

__all__ = ["peopled", "place", "production"]
