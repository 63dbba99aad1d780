"""``python -m dispatch``: the command line, where the script is not on the PATH."""

from dispatch.cli import main

main()
