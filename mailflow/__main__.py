"""`python -m mailflow` and the `mailflow` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from mailflow.cli import main as run

    run()


if __name__ == "__main__":
    main()
