"""Starting other programs, and ending with them."""
