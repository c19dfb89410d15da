"""How the layers of the configuration lie over one another, and where each key came from.

Secrets are read here: from a variable, from a file that holds nothing else, or from a folder of such files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mailflow.config_problems import Loc
from mailflow.settings import known_variable

SECRETS = ("password", "client_secret", "refresh_token")


class Layers:
    """Tables laid over one another, and where each key came from."""

    def __init__(self, values: dict[str, Any], file: Path) -> None:
        self.values = values
        self.main = str(file)
        self.sources: dict[Loc, str] = {}

    def copy(self) -> Layers:
        """The same, to be laid over with something else."""
        other = Layers(
            {t: dict(k) if isinstance(k, dict) else k for t, k in self.values.items()}, Path(self.main)
        )
        other.sources = dict(self.sources)
        return other

    def lay_over(self, tables: Mapping[str, Any], source: Callable[[Loc], str]) -> None:
        """A nonempty secret hides the weaker layer's file for it, and the other way round."""
        for table, keys in tables.items():
            if not keys:
                continue
            below = self.values.setdefault(table, {})
            if not isinstance(below, dict):
                continue  # named as a mistake already
            for secret in SECRETS:
                if keys.get(secret) and not keys.get(f"{secret}_file"):
                    below.pop(f"{secret}_file", None)
                elif keys.get(f"{secret}_file") and not keys.get(secret):
                    below.pop(secret, None)
            below.update(keys)
            self.sources.update({(table, key): source((table, key)) for key in keys})

    def file_of(self, loc: Loc) -> str:
        """The file, or the environment variable, that gave the key at `loc`."""
        return self.sources.get(tuple(loc[:2]), self.main)

    def conflicts(self) -> list[str]:
        """Two answers to one question in the same place."""
        lines = []
        for table, keys in self.values.items():
            for secret in SECRETS if isinstance(keys, dict) else ():
                key = f"{secret}_file"
                if keys.get(secret) and keys.get(key):
                    lines.append(
                        f"{self.file_of((table, key))}:{table}.{key}: {secret} is given too; keep one of them"
                    )
        return lines


def variable(loc: Loc) -> str:
    """The environment variable of that key."""
    return "MAILFLOW_" + "__".join(str(part) for part in loc).upper()


def secret_folder(environ: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    """Variables out of a folder of files named as they are: MAILFLOW_SECRETS_DIR, else systemd's
    CREDENTIALS_DIRECTORY, else Docker's /run/secrets where it exists."""
    named = environ.get("MAILFLOW_SECRETS_DIR") or environ.get("CREDENTIALS_DIRECTORY")
    folder = Path(named or "/run/secrets")
    found: dict[str, str] = {}
    try:
        files = sorted(folder.iterdir()) if folder.is_dir() or named else []
    except OSError as wrong:
        problems.append(
            f"{folder}: the folder of secrets cannot be read ({wrong.strerror}); check MAILFLOW_SECRETS_DIR"
        )
        return found
    for file in files:
        if known_variable(file.name):
            try:
                found[file.name] = _secret(file)
            except OSError as wrong:
                problems.append(f"{file}: cannot be read ({wrong.strerror}); check its rights")
            except ValueError:
                problems.append(f"{file}: is not text in UTF-8; write the secret alone into it")
    return found


def above(config_dir: Path) -> Path:
    """The folder the configuration stands in, by the name it was given: a link is not followed."""
    return Path(os.path.abspath(config_dir)).parent


def beside(config_dir: Path, name: str) -> Path:
    """A file named in the configuration: a full path, else beside mailflow.toml, else in the folder above."""
    path = Path(name).expanduser()
    inside = config_dir / path
    return inside if path.is_absolute() or inside.exists() else above(config_dir) / path


def read_secrets(layers: Layers, config_dir: Path, problems: list[str]) -> None:
    """Put in place what `*_file` keys name, and make `ca_file` a full path."""
    for table, keys in layers.values.items():
        if not isinstance(keys, dict):
            continue
        for key in (*(f"{secret}_file" for secret in SECRETS), "ca_file"):
            name = keys.get(key)
            if not isinstance(name, str) or not name or "\0" in name:
                continue
            file = beside(config_dir, name)
            place = f"{layers.file_of((table, key))}:{table}.{key}"
            try:
                content = _secret(file)
            except OSError as wrong:
                problems.append(
                    f"{place}: {file} cannot be read ({wrong.strerror}); check the path and its rights"
                )
            except ValueError:
                problems.append(f"{place}: {file} is not text in UTF-8; write the secret alone into it")
            else:
                if not content:
                    problems.append(f"{place}: {file} is empty; write the secret into it")
                keys[key] = str(file)
                if key != "ca_file":
                    keys[key.removesuffix("_file")] = content


def _secret(file: Path) -> str:
    """What stands in the file, without the line end that editors add."""
    return file.read_bytes().decode("utf-8-sig").rstrip("\r\n")
