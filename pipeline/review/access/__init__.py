"""Accounts, sessions and links."""
