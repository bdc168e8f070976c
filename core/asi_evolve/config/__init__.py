"""Configuration: what can be set, and how flags, environment, project file and defaults are brought together.

``KEYS`` lists every setting; :func:`load_settings` resolves them, with the origin of each; :func:`domain_config`
fills in a domain's own configuration class.
"""

from __future__ import annotations

from asi_evolve.config.domain_config import domain_config
from asi_evolve.config.domain_docs import DomainSetting, domain_settings
from asi_evolve.config.keys import KEYS, Key, environment_name
from asi_evolve.config.load import PROJECT_FILE, Resolved, from_json, load_settings, override, to_json
from asi_evolve.config.settings import (
    AnalyzerSettings,
    BudgetSettings,
    CheckSettings,
    CognitionSettings,
    ExecutorSettings,
    JudgeSettings,
    MixSettings,
    ModelSettings,
    NoveltySettings,
    PluginSettings,
    ProposerSettings,
    RoleSettings,
    RunSettings,
    SamplerSettings,
    SandboxSettings,
    Settings,
    StoreSettings,
)

__all__ = [
    "KEYS",
    "PROJECT_FILE",
    "AnalyzerSettings",
    "BudgetSettings",
    "CheckSettings",
    "CognitionSettings",
    "DomainSetting",
    "ExecutorSettings",
    "JudgeSettings",
    "Key",
    "MixSettings",
    "ModelSettings",
    "NoveltySettings",
    "PluginSettings",
    "ProposerSettings",
    "Resolved",
    "RoleSettings",
    "RunSettings",
    "SamplerSettings",
    "SandboxSettings",
    "Settings",
    "StoreSettings",
    "domain_config",
    "domain_settings",
    "environment_name",
    "from_json",
    "load_settings",
    "override",
    "to_json",
]
