#!/bin/sh
# Puts the servers and tests that strangers wrote into a folder, from npm and PyPI: sh fetch.sh FOLDER
set -e
mkdir -p "$1/npm" "$1/src"
cd "$1"
(cd npm && npm init -y > /dev/null && npm install --no-audit --no-fund \
    @copilotkit/aimock @stoplight/prism-cli @stdy/cli @portkey-ai/gateway)
for name in fakeai schemathesis litellm sdk; do uv venv -q "$name"; done
uv pip install -q --python fakeai/bin/python fakeai pillow
uv pip install -q --python schemathesis/bin/python schemathesis
uv pip install -q --python litellm/bin/python 'litellm[proxy]'
uv pip install -q --python sdk/bin/python 'openai[aiohttp]' pytest pytest-asyncio pytest-xdist \
    rich inline-snapshot
version=$(sdk/bin/python -c 'import openai; print(openai.__version__)')
python3 -m pip download -q --no-binary openai --no-deps "openai==$version" -d src
tar xzf "src/openai-$version.tar.gz" -C src
