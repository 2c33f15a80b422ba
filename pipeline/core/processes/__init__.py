"""Child processes: starting, supervising and ending them."""
