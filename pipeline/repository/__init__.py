"""What is kept: the ledger, its journal and sign-off chain, and the artefact store."""
