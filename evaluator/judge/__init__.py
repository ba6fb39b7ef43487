"""From pairs of labels to verdicts."""
