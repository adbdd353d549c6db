"""Changes: a run distilled to a baseline, and what two baselines differ in."""
