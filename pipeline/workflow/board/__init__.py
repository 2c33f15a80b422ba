"""The state of every stage of every subject, derived again only where the ledger has changed."""
