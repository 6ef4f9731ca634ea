"""The command `graders`: one module per subcommand."""

from graders.cli.app import main

__all__ = ["main"]
