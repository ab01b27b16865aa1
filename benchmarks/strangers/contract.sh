#!/bin/sh
# schemathesis against a sandbox: tells its cases, every 5xx, and whether the sandbox still answers.
#
#     sh contract.sh FOLDER DOCUMENT FTTUI [OPTION OF THE SANDBOX]...
set -e
folder=$(realpath "$1") document=$(realpath "$2") fttui=$3
shift 3
export FTTUI_SANDBOX_KEY=sk-stranger-0123456789
work=$(mktemp -d)
cd "$work"
"$fttui" sandbox --json "$@" > told 2> log &
sandbox=$!
trap 'kill $sandbox; rm -r "$work"' EXIT
until [ -s told ]; do sleep 0.1; done
base_url=$(sed 's/.*"base_url": "\([^"]*\)".*/\1/' told)
"$folder/schemathesis/bin/schemathesis" run "$document" --url "$base_url" \
    --header "Authorization: Bearer sk-admin-stranger-0123456789" \
    --checks not_a_server_error --phases examples,coverage,fuzzing --max-examples 30 \
    --exclude-path-regex chat --generation-database none || true
curl -sf -H "Authorization: Bearer $FTTUI_SANDBOX_KEY" "$base_url/models" > answer &&
    echo "The sandbox still answers; errors in its log: $(grep -c ERROR log)"
