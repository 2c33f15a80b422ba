"""The ground: nouns and tools. Imports no other room."""
