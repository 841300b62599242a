"""Shardline's Spark jobs: joins, windows and sessions beside the service, on its events."""
