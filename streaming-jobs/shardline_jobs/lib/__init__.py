"""Pure transformations and the few adapters that jobs are made of."""
