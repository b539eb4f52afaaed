"""`python -m roomcast`: the same as `roomcast`."""

from roomcast_command import main

main()
