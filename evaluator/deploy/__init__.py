"""Where the job runs: Docker on one machine, a Kubernetes cluster, or Knitfab."""
