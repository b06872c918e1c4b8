"""`python -m faxops`."""

from faxops.cli import main

main()
