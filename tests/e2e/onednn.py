"""The ops that appear where graphs are rewritten for oneDNN: ``python -m e2e.onednn [NAME...]``, run from ``tests/``.

For information: selections are for builds without oneDNN, and are compared with TF_ENABLE_ONEDNN_OPTS=0.
"""

from __future__ import annotations

import sys

from e2e import executed

_MODELS = ("mobilenet_v2", "efficientnet_b0", "bert_encoder", "lstm", "quantised_ops")


def main() -> None:
    """Print, for each model, what runs with TF_ENABLE_ONEDNN_OPTS=1 and not with 0, and the other way round."""
    print("| model | only with oneDNN | only without |\n| --- | --- | --- |")
    for name in sys.argv[1:] or _MODELS:
        plain = {node.op for node in executed.execution_of(name, grappler=True).nodes()}
        rewritten = executed.ops_with_onednn(name, grappler=True)
        print(
            f"| {name} | {', '.join(sorted(rewritten - plain))} | {', '.join(sorted(plain - rewritten))} |", flush=True
        )


if __name__ == "__main__":
    main()
