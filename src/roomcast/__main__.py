"""`python -m roomcast`: the same as `roomcast`."""

from roomcast.cli import main

main()
