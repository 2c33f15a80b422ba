"""The JSON artefacts: one module a kind, each with the model that reads and writes its file."""
