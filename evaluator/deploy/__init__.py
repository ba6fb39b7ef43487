"""Where the job runs: Knitfab."""
