#!/usr/bin/env bash
# Puts an image into service: deploy.sh IMAGE@DIGEST. The place for your platform's own command.
set -euo pipefail

image="${1:?which image? IMAGE@DIGEST}"
case "$image" in
  *@sha256:*) ;;
  *)
    echo "deploy.sh: $image has no digest" >&2
    exit 2
    ;;
esac
echo "deploying $image"
IMAGE="$image" docker compose --file compose.yaml up --detach --wait --no-build
