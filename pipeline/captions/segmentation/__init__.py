"""Dividing recognised words into cues."""
