"""Find, load and check plugins: one domain for a run, and any number of cross-cutting plugins beside it."""

from __future__ import annotations

from asi_evolve.plugins.discovery import (
    ANNOUNCED,
    DOMAIN_GROUP,
    PLUGIN_GROUP,
    DomainEntry,
    available_domains,
    unknown_plugin,
)
from asi_evolve.plugins.domain_check import check_domain
from asi_evolve.plugins.manager import Plugins, load_plugins
from asi_evolve.plugins.registry import Registry

__all__ = [
    "ANNOUNCED",
    "DOMAIN_GROUP",
    "PLUGIN_GROUP",
    "DomainEntry",
    "Plugins",
    "Registry",
    "available_domains",
    "check_domain",
    "load_plugins",
    "unknown_plugin",
]
