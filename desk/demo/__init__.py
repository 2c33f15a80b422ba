"""The demonstration: a sample interview taken through all twelve steps, by the doors people use."""
