"""Prefect: flows, gates, deployments, what directors see. The only room that imports prefect."""
