"""Scheduling: requests, the order of stages, the pause, workers."""
