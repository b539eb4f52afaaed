"""Names of this computer, as the tests use them."""

ELSEWHERE = "class-pc.local"
"""As other computers know it. To browsers, a page from there is no "secure context"."""
