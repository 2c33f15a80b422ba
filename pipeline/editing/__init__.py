"""Edit lists, and the cut they make of the camera originals."""
