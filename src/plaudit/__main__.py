"""``python -m plaudit``: the same as the ``plaudit`` command."""

from plaudit.cli.app import main

main()
