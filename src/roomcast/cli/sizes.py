"""Numbers of bytes for people."""

from __future__ import annotations


def shown_size(size: float) -> str:
    """`1500` → `1.5 KB`: in steps of 1,000, as disks are sold."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
