"""`python -m isinglass` is `isinglass`."""

from isinglass.cli.main import main

main()
