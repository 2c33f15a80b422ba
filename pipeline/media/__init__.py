"""Picture and sound: rendering, measuring, checking."""
