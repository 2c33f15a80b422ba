"""The desk: the command line and the web pages."""
