"""Work on Ray: a cluster joined or started for one job, and the workers of the job on it."""
