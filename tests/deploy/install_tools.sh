#!/bin/sh
# Installs what the tests of deployment need from Debian. Needs root.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends \
    iproute2 mmdebstrap openssh-client systemd systemd-container
