#!/usr/bin/env bash
# Does the app know its digits?
set -euo pipefail
for digit in three:3 seven:7; do
  drawing=${digit%:*}.txt
  said=$(./digits digits_mlp.pb "$drawing")
  echo "$said"
  [[ $said == "$drawing: ${digit#*:} "* ]]
done
