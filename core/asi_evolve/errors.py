"""Every error that asi-evolve raises on purpose.

An error's text is one line that says what failed, where (file, field or option) and how to mend it.
The command line prints that line alone and exits with ``exit_code``; a traceback means a bug of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: How a part that is not installed is installed. One constant, used by every message and page.
INSTALL_HINT = "pip install '.[{extra}]' (from a checkout of the project)"


def install_hint(extra: str) -> str:
    """The command that installs ``extra`` (an extra of the distribution, for example ``circle_packing``)."""
    return INSTALL_HINT.format(extra=extra)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``" (did you mean 'x'?)"`` for the nearest of ``known``, or an empty string if none is near."""
    near = difflib.get_close_matches(word, list(known), n=2, cutoff=0.5)
    return f" (did you mean {' or '.join(repr(n) for n in near)}?)" if near else ""


class AsiEvolveError(Exception):
    """Base of the tree. ``exit_code`` is what the command line exits with."""

    exit_code: int = 1


class UsageError(AsiEvolveError):
    """Bad input found before anything started: an option, a file, a field. Exit code 2; nothing was changed."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration key or value is wrong; the message names its source (flag, variable or file)."""


class PluginError(UsageError):
    """A plugin is missing, cannot be imported, or breaks the hook contract; the message names the plugin."""


class MissingExtraError(UsageError):
    """An optional package is needed; the message names the extra that installs it."""


class StoreError(UsageError):
    """The database cannot be used: unwritable, corrupt, of a newer version, or owned by another run."""


class NotFoundError(UsageError):
    """No run, experiment or cognition item has that id."""


class DiskFullError(AsiEvolveError):
    """No space is left for the database. Exit code 1; everything acknowledged before is kept."""


class SandboxError(UsageError):
    """The requested isolation tier cannot be had here; the message says why and what to choose."""


class DomainError(AsiEvolveError):
    """Trusted domain code (inputs, score, judge) failed. It is a bug of the domain, not of a candidate."""


class ModelError(AsiEvolveError):
    """A language model gave no answer: the request failed after its retries. The message says why."""


class ModelUnavailableError(ModelError):
    """No further request can succeed: the key is refused, or the provider has no such model. The run ends."""


class ProposalError(AsiEvolveError):
    """What a proposer was given back is no program. It costs the round, which is recorded as rejected; the run goes
    on."""
