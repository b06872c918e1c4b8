"""Floor 5: the command line."""


def main() -> None:
    """Placeholder."""
