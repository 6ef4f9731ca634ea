"""`python -m graders` is the command `graders`."""

from graders.cli import main

if __name__ == "__main__":
    main()
