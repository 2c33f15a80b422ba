"""What directors see in Prefect."""
