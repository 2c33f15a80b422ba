"""The opened production: where each stage stands, and doing what is due."""
