"""The process that evaluates BUILD files: ``python -m opsieve.tree.buildfiles.worker``.

Reads questions from standard input and answers on standard output (messages.py). It is of no use by hand.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.configured import ConfiguredPackages
from opsieve.tree.buildfiles.evaluator import Evaluator
from opsieve.tree.buildfiles.limits import Limits
from opsieve.tree.buildfiles.messages import configuration_of, package_message, read_message, write_message


def main() -> None:
    """Answer until there are no more questions."""
    # Ctrl-C reaches the whole process group; the process that asks ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions = sys.stdin.buffer
    # Nothing else may come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    start = read_message(questions)
    if start is None:
        return
    limits = Limits(**start["limits"])
    _limit_memory(limits.memory_bytes)
    configuration, repositories = configuration_of(start)
    evaluator = Evaluator(Path(start["tree"]), repositories, limits)
    _answer_all(questions, answers, evaluator, ConfiguredPackages(evaluator, configuration))


def _answer_all(questions: BinaryIO, answers: BinaryIO, evaluator: Evaluator, packages: ConfiguredPackages) -> None:
    while (question := read_message(questions)) is not None:
        answer: dict[str, Any]
        try:
            package = packages.package(question["repository"], question["package"])
            answer = {"package": package_message(package)}
        except OpsieveError as error:
            answer = {"error": error.message, "hint": error.hint}
        answer["notes"] = sorted(evaluator.notes | packages.conditions.notes)
        write_message(answers, answer)


def _limit_memory(size: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        size = min(size, most)
    # Not enforced on macOS, where the time limit is what ends it.
    resource.setrlimit(resource.RLIMIT_AS, (size, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
