"""The speech recognisers."""
