"""Subtitles: cues read, written, checked, cut from words, compared and merged."""
