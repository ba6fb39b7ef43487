"""Where the job runs: a Kubernetes cluster."""
