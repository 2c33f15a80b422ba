"""Review and approval: sign-offs, notes, corrections, drafts."""
