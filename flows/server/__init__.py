"""Start and keep up what a production consists of: Prefect's server, the flow runs, the desk."""
