"""The server: listens, drives the hub, and shows a page to those who come with a browser.

server      starts and stops; flushes and sweeps at the right time
pages       what a plain GET gets
addresses   what others type to reach this computer
"""
