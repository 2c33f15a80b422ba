"""The ledger with its journal and sign-off chain, and the artefact store."""
