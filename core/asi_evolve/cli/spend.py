"""What models took, in words."""

from __future__ import annotations

from collections.abc import Mapping

from asi_evolve.report.text import counted


def usd(value: float) -> str:
    """An amount for people, to a hundredth of a cent."""
    return f"{value:.4f}"


def spend_text(spend: Mapping[str, float]) -> str:
    """``12 calls (1 failed), 10234 tokens in (31% from the cache), 4100 out, 0.0621 USD``."""
    failed = f" ({spend['failed']} failed)" if spend["failed"] else ""
    share = 100 * spend["cached_tokens"] / spend["input_tokens"] if spend["input_tokens"] else 0.0
    return (
        f"{counted(int(spend['calls']), 'call')}{failed}, {spend['input_tokens']} tokens in "
        f"({share:.0f}% from the cache), {spend['output_tokens']} out, {usd(spend['usd'])} USD"
    )
