"""A kiosk that cannot start shows what is broken for a while, then ends, so that systemd tries again."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from device.web.out_of_service import create_out_of_service_app
from tests.ports import free_port


def asked(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_page_says_what_is_broken_until_the_command_ends(tmp_path: Path) -> None:
    port = free_port()
    settings = tmp_path / "filmside.toml"
    settings.write_text(f'bundle = "no-bundle"\ndata = "data"\nport = {port}\ncamera = "folder"\n')
    command = [sys.executable, "-W", "error", "-m", "device", "serve", "--settings", str(settings), "--stay", "6"]
    started = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        page = (0, "")
        while page[0] == 0 and time.monotonic() < started + 30 and process.poll() is None:
            try:
                page = asked(f"http://127.0.0.1:{port}/studies")
            except OSError:
                time.sleep(0.1)
        assert page[0] == 503
        assert "Out of service" in page[1]
        assert "There is no " in page[1]
        assert "no-bundle" in page[1]
        assert asked(f"http://127.0.0.1:{port}/alive") == (503, "no")
        assert process.wait(timeout=30) == 2
    finally:
        process.kill()
        _, said = process.communicate(timeout=30)
    assert "Traceback" not in said
    assert said.count("no-bundle") >= 1


def test_without_staying_it_ends_at_once(tmp_path: Path) -> None:
    settings = tmp_path / "filmside.toml"
    settings.write_text('bundle = "no-bundle"\ndata = "data"\ncamera = "folder"\n')
    command = [sys.executable, "-m", "device", "serve", "--settings", str(settings)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no-bundle" in done.stderr


def test_the_page_is_as_safe_as_any_and_in_the_readers_language() -> None:
    client = create_out_of_service_app("<b>The disk</b> is gone.").test_client()
    answer = client.get("/", headers={"Accept-Language": "sw"})
    assert answer.status_code == 503
    assert "<b>The disk" not in answer.text
    assert '<html lang="sw">' in answer.text
    assert "Out of service" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    with client.get("/static/filmside.css") as style:
        assert style.status_code == 200
    assert client.post("/api/read").status_code == 503
