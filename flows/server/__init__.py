"""Starting Prefect and the processes beside it."""
