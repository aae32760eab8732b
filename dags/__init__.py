"""The DAGs: when things run, in which order, and what happens when they fail. What they do is in the other rooms."""
