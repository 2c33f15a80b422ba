"""The command line, `chifeng`: each command reads its words, calls one function, shows it."""

from desk.cli.app import main

__all__ = ["main"]
