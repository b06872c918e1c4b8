"""Floor 0: the resource kinds and the plain values that every floor above shares. No I/O."""
