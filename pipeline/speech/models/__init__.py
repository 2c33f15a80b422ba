"""Finding, fetching and importing speech models."""
