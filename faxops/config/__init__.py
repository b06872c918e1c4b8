"""Floor 1: YAML and CSV with places, resolved and validated into a `Stack`."""
