"""Reading and writing subtitle files."""
