"""What the process that evaluates and the one that asks tell each other: length-prefixed JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import IO, Any

from opsieve.tree.buildfiles.labels import Repositories
from opsieve.tree.buildfiles.targets import Configuration, Package, Target

_LENGTH_BYTES = 8


def write_message(stream: IO[bytes], message: Mapping[str, Any]) -> None:
    """Send one message."""
    content = json.dumps(message).encode()
    stream.write(len(content).to_bytes(_LENGTH_BYTES, "big") + content)
    stream.flush()


def message_length(prefix: bytes) -> int:
    """How many bytes follow a prefix."""
    return int.from_bytes(prefix, "big")


def read_message(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next message; None at the end of the stream."""
    prefix = stream.read(_LENGTH_BYTES)
    if len(prefix) < _LENGTH_BYTES:
        return None
    message: dict[str, Any] = json.loads(stream.read(message_length(prefix)))
    return message


def package_message(package: Package) -> dict[str, Any]:
    """A package as a message; of targets, what differs from a field's default."""
    return {
        "path": package.path,
        "folder": package.folder,
        "notes": package.notes,
        "targets": [_target_message(target) for target in package.targets.values()],
    }


def package_of(message: Mapping[str, Any]) -> Package:
    """The package of a message."""
    targets = [_target_of(each) for each in message["targets"]]
    named = {target.label[len(message["path"]) + 1 :]: target for target in targets}
    return Package(message["path"], message["folder"], named, tuple(message["notes"]))


def configuration_message(configuration: Configuration, repositories: Repositories) -> dict[str, Any]:
    """What a worker needs to know at its start."""
    return {
        "configuration": {each.name: _plain(getattr(configuration, each.name)) for each in fields(configuration)},
        "repositories": {each.name: _plain(getattr(repositories, each.name)) for each in fields(repositories)},
    }


def configuration_of(message: Mapping[str, Any]) -> tuple[Configuration, Repositories]:
    """What :func:`configuration_message` says."""
    configuration, repositories = message["configuration"], message["repositories"]
    configuration["constraints"] = tuple(configuration["constraints"])
    repositories["own"] = tuple(repositories["own"])
    return Configuration(**configuration), Repositories(**repositories)


def _target_message(target: Target) -> dict[str, Any]:
    message = {}
    for each in fields(target):
        value = getattr(target, each.name)
        if value != each.default and (value or each.default is MISSING):
            message[each.name] = value
    return message


def _target_of(message: Mapping[str, Any]) -> Target:
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in message.items()}
    return Target(**given)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
