"""Floor 3: match, diff, guards, plan (all pure) and execution through a provider."""
