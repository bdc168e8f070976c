"""What the two SDKs have in common: keys, failures in words, and answers read from the bytes that came."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from asi_evolve.config import Settings
from asi_evolve.errors import ConfigError, ModelError, ModelUnavailableError, UsageError
from asi_evolve.records import Json

#: Statuses after which no further request of the run can succeed: key refused, not allowed, no such model.
_FINAL = (401, 403, 404)
#: Stands in for a key where a local server wants none.
NO_KEY = "none"
#: Stands where a key was.
BLOT = "[key]"
#: Most tokens that one request is believed to have taken; a server that claims more is wrong, and no column holds it.
MOST_TOKENS = 10**9
#: Most characters of a provider's message that are kept.
_WORDS = 500


def model_name(settings: Settings, default: str = "") -> str:
    """The part of the setting ``llm`` after the colon, or ``default``.

    Raises:
        ConfigError: If there is neither.
    """
    provider, _, model = (settings.llm or "").partition(":")
    if not (model or default):
        raise ConfigError(f"--llm {provider}: name the model too, for example --llm {provider}:NAME")
    return model or default


def api_key(settings: Settings, variable: str) -> str:
    """The key from the environment variable of the settings, or from ``variable``.

    Raises:
        UsageError: If it is not set, and the address is the provider's own.
        ConfigError: If the address itself holds a password, or what should name a variable is no name.
    """
    address = settings.model.base_url
    if address is not None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                f"model.base_url: must be an address such as http://localhost:8000/v1, not {parts.scheme or '?'}:..."
            )
        if parts.username or parts.password or parts.query:
            raise ConfigError(
                "model.base_url: must hold no user, password or query, as settings are recorded; give the key in an "
                "environment variable and name it in model.key_variable"
            )
    name = settings.model.key_variable or variable
    if not (name.isascii() and name.isidentifier()):
        # It may be the key itself: it is not repeated.
        raise ConfigError(
            "model.key_variable: must be the name of an environment variable (letters, digits, _), not the key itself"
        )
    key = os.environ.get(name, "").strip()
    if not key:
        if address is not None and settings.model.key_variable is None:
            return NO_KEY
        raise UsageError(
            f"the environment variable {name} is not set, and --llm {settings.llm} needs a key; set it, or name "
            "another variable in model.key_variable"
        )
    return key


def call(sdk: Any, provider: str, send: Callable[[], Any], retries: int, secrets: Sequence[str]) -> Any:
    """``send()``, with the SDK's failures as ours.

    A server may repeat the key that it was given: ``secrets`` are blotted out before a message is cut to its length, or
    a part of one could stay.

    Raises:
        ModelError, ModelUnavailableError: One line each, for the record and for people.
    """
    tried = f" (after {retries} retries)" if retries else ""
    try:
        return send()
    except sdk.APITimeoutError:
        raise ModelError(f"{provider}: no answer in time{tried}; the provider may charge for it all the same") from None
    except sdk.APIStatusError as error:
        status = int(error.status_code)
        text = f"{provider}: status {status}: {_message(error, secrets)}"
        if status in _FINAL:
            raise ModelUnavailableError(f"{text}; check the key, the model's name and model.base_url") from None
        again = tried if status in (408, 409, 429) or status >= 500 else ""
        raise ModelError(text + again) from None
    except sdk.APIConnectionError as error:
        cause = error.__cause__
        what = f"{type(cause).__name__}: {cause}" if cause is not None else str(error)
        raise ModelError(f"{provider}: the connection failed: {_line(what, secrets)}{tried}") from None


def body(provider: str, response: Any) -> dict[str, Json]:
    """The JSON object in a response.

    The SDKs build their records without checking them, so the bytes are read here: a body that is cut off or not what
    it should be is a failure in words, not an attribute error later.

    Raises:
        ModelError: If it is not one; the provider may have charged for it.
    """
    raw: bytes = response.http_response.content
    try:
        found = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ModelError(f"{provider}: the answer is not UTF-8 text (byte {error.start} of {len(raw)})") from None
    except ValueError:
        raise ModelError(f"{provider}: the answer is not JSON ({len(raw)} bytes)") from None
    except RecursionError:
        raise ModelError(f"{provider}: the answer is nested too deeply ({len(raw)} bytes)") from None
    if not isinstance(found, dict):
        raise ModelError(f"{provider}: the answer is a JSON {type(found).__name__}, not an object")
    return found


def count(table: Json, name: str) -> int:
    """A number of tokens in a provider's usage; 0 where it says nothing."""
    value = table.get(name) if isinstance(table, dict) else None
    return min(value, MOST_TOKENS) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def text_of(value: Json) -> str:
    """``value`` if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def _message(error: Any, secrets: Sequence[str]) -> str:
    found = error.body
    if isinstance(found, dict):
        inner = found.get("error")
        found = inner.get("message") if isinstance(inner, dict) else found.get("message", inner)
    return _line(found if isinstance(found, str) and found else "no reason given", secrets)


def _line(text: str, secrets: Sequence[str]) -> str:
    return " ".join(blotted(text, secrets).split())[:_WORDS]


def blotted(text: str, secrets: Sequence[str]) -> str:
    """``text`` without keys."""
    for secret in secrets:
        text = text.replace(secret, BLOT)
    return text
