"""A Debian 12 host of the test's own: systemd as PID 1 and sshd, in a network that nothing else is on.

Two network namespaces, joined by one cable: the host lives in one, Ansible runs in the other. No address of this
machine or its network is touched. The base system is made once and kept in a cache; each host is an overlay on it.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

# What the role installs from Debian is fetched beforehand, but not installed.
FETCHED = "python3-packaging python3-venv fonts-dejavu-core fonts-lohit-deva"
PACKAGES = "systemd,systemd-sysv,dbus,openssh-server,iproute2,python3,python3-apt,ca-certificates"
CONTROLLER, HOST = "10.99.0.1", "10.99.0.2"


def cache_folder() -> Path:
    """Where base systems and wheels are kept between runs, outside the repository."""
    return Path(os.environ.get("FILMSIDE_TEST_CACHE", Path.home() / ".cache" / "filmside-tests"))


def base_system() -> Path:
    """The root folder of a bare Debian 12, made if there is none. Its apt finds FETCHED with no network."""
    key = hashlib.sha256(f"{PACKAGES} {FETCHED}".encode()).hexdigest()[:8]
    root = cache_folder() / f"debian-12-{key}"
    if not root.exists():
        root.parent.mkdir(parents=True, exist_ok=True)
        making = root.with_name(f"making-{key}-{os.getpid()}")
        deb822 = Path("/etc/apt/sources.list.d/debian.sources")
        download = f'chroot "$1" apt-get -y -q --no-install-recommends --download-only install {FETCHED}'
        # The lists and downloaded packages stay, so that the role's own apt task has something to install from.
        run(
            *("mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "--skip=cleanup/apt"),
            *(f"--customize-hook={download}", "bookworm", str(making), *([str(deb822)] if deb822.exists() else [])),
            seconds=900,
        )
        making.rename(root)
    return root


@dataclass(frozen=True)
class Machine:
    """A booted host: its root folder, the controller's namespace, and the folder of its ssh key."""

    root: Path
    controller: str
    keys: Path

    def ssh(self, command: str, *, check: bool = True) -> str:
        """Run a shell command on the host as root and give its output."""
        return self.from_controller("ssh", *self.ssh_options(), f"root@{HOST}", command, check=check)

    def ssh_options(self) -> list[str]:
        return [
            *("-i", str(self.keys / "key"), "-o", f"UserKnownHostsFile={self.keys / 'known_hosts'}"),
            *("-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "IdentitiesOnly=yes"),
        ]

    def from_controller(self, *command: str, seconds: float = 60, check: bool = True, **more: object) -> str:
        """Run a command on this machine, in the namespace that is cabled to the host."""
        return run("ip", "netns", "exec", self.controller, *command, seconds=seconds, check=check, **more)


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Boot a fresh host in `folder`, and take everything away afterwards."""
    name = f"filmside{os.getpid()}"
    controller, host = f"{name}c", f"{name}h"
    with ExitStack() as stack:
        _cable(stack, controller, host)
        root = _overlay(stack, base_system(), folder)
        keys = _keys(folder / "keys", root)
        for stale in (root / "var/lib/apt/lists", root / "var/lib/apt/lists/partial"):
            os.utime(stale)  # the lists in the cache are as good as new: there is no network to ask
        (root / "etc/machine-id").write_text("")
        console = stack.enter_context((folder / "console.log").open("wb"))
        boot = subprocess.Popen(
            [
                *("systemd-nspawn", "--quiet", "--boot", f"--directory={root}", f"--machine={name}"),
                *(f"--network-namespace-path=/run/netns/{host}", "--register=no", "--keep-unit", "--console=pipe"),
                "--resolv-conf=off",
            ],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )
        stack.callback(_halt, boot)
        made = Machine(root, controller, keys)
        _wait_for_ssh(made, boot, folder / "console.log")
        yield made


def run(*command: str, seconds: float = 60, check: bool = True, **more: object) -> str:
    """Run a command within a time limit and give its output; fail with that output."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
        **more,  # type: ignore[call-overload]
    )
    output = str(done.stdout)
    if check and done.returncode != 0:
        raise AssertionError(f"{shlex.join(command)} ended with {done.returncode}:\n{output}")
    return output


def _cable(stack: ExitStack, controller: str, host: str) -> None:
    for namespace in (controller, host):
        run("ip", "netns", "add", namespace)
        stack.callback(run, "ip", "netns", "delete", namespace)
    run("ip", "-n", controller, "link", "add", "cable0", "type", "veth", "peer", "name", "cable0", "netns", host)
    for namespace, address in ((controller, CONTROLLER), (host, HOST)):
        run("ip", "-n", namespace, "address", "add", f"{address}/24", "dev", "cable0")
        for link in ("lo", "cable0"):
            run("ip", "-n", namespace, "link", "set", link, "up")


def _overlay(stack: ExitStack, base: Path, folder: Path) -> Path:
    upper, work, root = (folder / name for name in ("upper", "work", "root"))
    for made in (upper, work, root):
        made.mkdir(parents=True)
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={base},upperdir={upper},workdir={work}", str(root))
    stack.callback(run, "umount", "--lazy", str(root))
    return root


def _keys(keys: Path, root: Path) -> Path:
    keys.mkdir()
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / "key"))
    authorized = root / "root/.ssh/authorized_keys"
    authorized.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(keys / "key.pub", authorized)
    host_key = (root / "etc/ssh/ssh_host_ed25519_key.pub").read_text()
    (keys / "known_hosts").write_text(f"{HOST} {host_key}")
    return keys


def _wait_for_ssh(machine: Machine, boot: subprocess.Popen[bytes], console: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and boot.poll() is None:
        if "well" in machine.ssh("echo well", check=False):
            return
        time.sleep(0.5)
    raise AssertionError(f"The host does not answer:\n{console.read_text(errors='replace')}")


def _halt(boot: subprocess.Popen[bytes]) -> None:
    boot.terminate()
    try:
        boot.wait(timeout=20)
    except subprocess.TimeoutExpired:
        boot.kill()
        boot.wait(timeout=20)
