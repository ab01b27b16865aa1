"""The command line of fttui."""


def main() -> int:
    """Run fttui and return its exit status."""
    return 0
