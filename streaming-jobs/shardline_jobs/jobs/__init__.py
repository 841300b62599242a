"""Entry points, a file a job: parameters in, queries started, nothing else."""
