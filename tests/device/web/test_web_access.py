"""Who may do what: every route, every role, every method; logging in, being locked out, and what ends a session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from device.account import LOCKED_FOR, MOST_FAILURES, SCREEN, Event, Role
from device.web.access import ACCESS
from device.web.passwords import new_account
from device.web.site import Site
from tests.device.web.clients import CODE, a_site, page_of, unlimited
from tests.device.web.fake_kiosk import FakeKiosk, a_reading

PIN, PASSWORD = "271828", "film on a box"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def site(kiosk: FakeKiosk) -> Iterator[Site]:
    """A kiosk whose screen is not left open, with a technician and an administrator."""
    site = a_site(kiosk, open_screen=False)
    site.people.claim(new_account("Amina", Role.ADMINISTRATOR, PASSWORD), kiosk.now())
    site.people.add(new_account("juma", Role.TECHNICIAN, PIN), Event(kiosk.now(), "Amina", "account-made", "juma"))
    yield site
    site.people.close()


@pytest.fixture
def app(kiosk: FakeKiosk, site: Site) -> Flask:
    return page_of(kiosk, site)


def log_in(client: FlaskClient, name: str, password: str, **more: str) -> int:
    return client.post("/login", data={"name": name, "password": password, **more}).status_code


def entered(app: Flask, name: str, password: str) -> FlaskClient:
    client = app.test_client()
    assert log_in(client, name, password) == 303
    return client


# Every route, role and method.


def test_every_route_lets_in_whom_it_should_and_nobody_else(app: Flask, kiosk: FakeKiosk) -> None:
    unlimited(app)
    study = kiosk.keep(a_reading())
    people: dict[Role | None, Callable[[], FlaskClient]] = {
        None: app.test_client,
        Role.TECHNICIAN: lambda: entered(app, "juma", PIN),
        Role.ADMINISTRATOR: lambda: entered(app, "Amina", PASSWORD),
    }
    rules = {rule.rule: rule for rule in app.url_map.iter_rules()}
    ends = {(rule.rule, method): rule.endpoint for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    values = {"id": study.id, "place": 0, "filename": "icon.svg", "name": "none", "token": "bm9uZQ"}
    seen = set()
    for role, come_in in people.items():
        client = come_in()
        for (rule, method), address in ((key, at) for at in rules for key in ((at, method) for method in METHODS)):
            if (role, rule, method) in ((one, "/logout", "POST") for one in Role):
                continue  # nothing after it would be asked by anybody
            arguments = {name: values[name] for name in rules[address].arguments}
            answer = client.open(rules[address].build(arguments)[1], method=method)
            text, case = answer.data.decode(errors="replace"), f"{role} {method} {rule}: {answer.status_code}"
            answer.close()
            endpoint = ends.get((rule, method))
            if endpoint is None:
                assert answer.status_code == 405, case
                continue
            asked_in = answer.status_code == 401 or "/login" in answer.headers.get("Location", "")
            sent_away = "That is for an administrator" in text
            needed = ACCESS[endpoint]
            if needed is None:
                assert not sent_away, case
            elif role is None:
                assert asked_in, case
            else:
                assert not asked_in, case
                assert sent_away == (needed is Role.ADMINISTRATOR and role is Role.TECHNICIAN), case
                assert answer.status_code == 403 or not sent_away, case
            seen.add((role, needed))
    assert len(seen) == 9


def test_every_change_wants_the_token_of_its_own_session(app: Flask, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    client = entered(app, "Amina", PASSWORD)
    other = re.search(r'csrf-token" content="([^"]+)"', app.test_client().get("/login").text)
    before = len(kiosk.store.studies()), kiosk.photos_taken, client.application.config["SECRET_KEY"]
    changing = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    assert len(changing) > 15
    for rule in changing:
        address = rule.build({"id": study.id} if rule.arguments else {})[1]
        for headers in ({}, {"X-CSRFToken": "x"}, {"X-CSRFToken": other[1] if other else ""}):
            answer = client.post(address, headers=headers, token=False)
            assert answer.status_code == 400, (address, headers)
            assert "That page was open for too long" in answer.text
    assert (len(kiosk.store.studies()), kiosk.photos_taken, client.application.config["SECRET_KEY"]) == before
    assert kiosk.store.study(study.id) == study


def test_an_endpoint_without_a_role_cannot_be_served(
    kiosk: FakeKiosk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(ACCESS, "studies.table")
    with pytest.raises(LookupError, match=r"'studies\.table'"):
        page_of(kiosk, site)


# The first administrator.


@pytest.fixture
def empty(kiosk: FakeKiosk) -> Iterator[Flask]:
    """A kiosk that was never set up."""
    site = a_site(kiosk, open_screen=False)
    yield page_of(kiosk, site)
    site.people.close()


def test_the_first_start_makes_one_administrator_by_the_code(empty: Flask) -> None:
    client = empty.test_client()
    assert client.get("/").location == "/setup"
    assert CODE in client.get("/setup").text
    far = {"REMOTE_ADDR": "192.168.1.20"}
    assert CODE not in client.get("/setup", environ_base=far).text
    assert CODE not in client.get("/setup", headers={"X-Forwarded-For": "192.168.1.20"}).text
    form = {"name": "Amina", "password": PASSWORD, "code": CODE}
    for wrong, code in (({"code": "ABCD2346"}, 403), ({"password": "short"}, 400), ({"name": SCREEN}, 400)):
        assert client.post("/setup", data=form | wrong).status_code == code
    assert client.post("/setup", data=form | {"code": " abcd 2345"}).status_code == 303
    assert client.get("/accounts").status_code == 200
    assert client.get("/setup").location == "/login"
    assert empty.test_client().post("/setup", data=form | {"name": "Zuhura"}).status_code in (409, 429)


def test_of_two_browsers_at_once_one_makes_the_administrator(empty: Flask) -> None:
    unlimited(empty)

    def claim(name: str) -> int:
        form = {"name": name, "password": PASSWORD, "code": CODE}
        return empty.test_client().post("/setup", data=form).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(claim, [f"someone {number}" for number in range(8)]))
    assert sorted(codes) == [303] + [409] * 7


def test_guessing_the_code_is_slow(empty: Flask) -> None:
    codes = [empty.test_client().post("/setup", data={"code": f"AAAA{number}"}).status_code for number in range(8)]
    assert codes == [403] * 5 + [429] * 3


# Logging in.


def test_a_login_leads_back_to_where_it_was_wanted_and_nowhere_else(app: Flask, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    client = app.test_client()
    wanted = client.get(f"/studies/{study.id}?map=2").location
    assert wanted == f"/login?following=/studies/{study.id}?map%3D2"
    assert f'value="/studies/{study.id}?map=2"' in client.get(wanted).text
    done = client.post("/login", data={"name": "JUMA", "password": PIN, "following": f"/studies/{study.id}"})
    assert done.location == f"/studies/{study.id}"
    for trap in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        done = app.test_client().post("/login", data={"name": "juma", "password": PIN, "following": trap})
        assert done.location == "/"


def test_wrong_passwords_lock_the_account_for_a_while(app: Flask, kiosk: FakeKiosk, site: Site) -> None:
    unlimited(app)
    client = app.test_client()
    for number in range(MOST_FAILURES):
        assert log_in(client, "juma", f"00000{number}") == 403
    locked = client.post("/login", data={"name": "juma", "password": PIN})
    assert locked.status_code == 403
    assert "Too many wrong passwords" in locked.text
    assert log_in(client, "Amina", PASSWORD) == 303
    assert "locked after wrong passwords" in client.get("/accounts").text
    # The way back: wait, or be given a new password.
    kiosk._now += LOCKED_FOR - timedelta(seconds=1)
    assert log_in(app.test_client(), "juma", PIN) == 403
    kiosk._now += timedelta(seconds=1)
    assert log_in(app.test_client(), "juma", PIN) == 303
    for _ in range(MOST_FAILURES):
        log_in(app.test_client(), "juma", "wrong one")
    client.post("/accounts/password", data={"name": "juma", "password": "314159"})
    assert log_in(app.test_client(), "juma", "314159") == 303
    failures = [event for event in site.people.events(limit=100) if event.what == "login-failed"]
    assert len(failures) == 2 * MOST_FAILURES


def test_a_clock_that_was_set_back_locks_nobody_out(app: Flask, kiosk: FakeKiosk) -> None:
    unlimited(app)
    for _ in range(MOST_FAILURES):
        log_in(app.test_client(), "juma", "wrong one")
    kiosk._now -= timedelta(days=365)
    assert log_in(app.test_client(), "juma", PIN) == 303


def test_one_machine_may_not_try_on_and_on(app: Flask) -> None:
    codes = [log_in(app.test_client(), f"nobody {number}", "x") for number in range(24)]
    assert codes == [403] * 20 + [429] * 4


def test_a_wrong_name_and_a_wrong_password_look_the_same(app: Flask) -> None:
    answers = [
        app.test_client().post("/login", data={"name": name, "password": "wrong one"}) for name in ("juma", "nobody")
    ]
    pages = [re.sub(r'content="[^"]+"|value="[^"]*"', "", answer.text) for answer in answers]
    assert pages[0] == pages[1]


# What ends a session.


def test_who_does_nothing_for_long_is_logged_out_however_often_the_page_asks(app: Flask, kiosk: FakeKiosk) -> None:
    client = entered(app, "juma", PIN)
    for _ in range(5):
        kiosk._now += timedelta(minutes=50)
        assert client.get("/studies").status_code == 200
    for _ in range(7):
        kiosk._now += timedelta(minutes=10)
        last = client.get("/api/status")
    assert last.status_code == 401
    assert last.json["kind"] == "login"


@pytest.mark.parametrize("jump", [timedelta(days=-365), timedelta(days=400)])
def test_a_clock_that_jumps_ends_the_session_and_a_login_works(app: Flask, kiosk: FakeKiosk, jump: timedelta) -> None:
    client = entered(app, "juma", PIN)
    kiosk._now += jump
    assert client.get("/").location.startswith("/login")
    assert log_in(client, "juma", PIN) == 303
    assert client.get("/").status_code == 200


def test_another_password_ends_the_sessions_of_before_but_not_ones_own(app: Flask) -> None:
    here, there = entered(app, "juma", PIN), entered(app, "juma", PIN)
    assert here.post("/account", data={"old": "wrong", "password": "161803"}).status_code == 403
    assert here.post("/account", data={"old": PIN, "password": "111111"}).status_code == 400
    assert here.post("/account", data={"old": PIN, "password": "161803"}).status_code == 303
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 303
    assert log_in(app.test_client(), "juma", PIN) == 403


def test_logging_out_and_being_removed_end_it(app: Flask) -> None:
    client, chief = entered(app, "juma", PIN), entered(app, "Amina", PASSWORD)
    client.post("/logout")
    assert client.get("/").status_code == 303
    client = entered(app, "juma", PIN)
    assert chief.post("/accounts/remove", data={"name": "juma"}).status_code == 303
    assert client.get("/").status_code == 303
    assert chief.post("/accounts/remove", data={"name": "Amina"}).status_code == 409
    assert chief.get("/accounts").status_code == 200


def test_a_cookie_of_another_kiosk_is_worth_nothing(app: Flask, kiosk: FakeKiosk, site: Site) -> None:
    other = page_of(kiosk, replace(site, secret=b"o" * 32))
    stolen = entered(other, "Amina", PASSWORD).get_cookie("filmside")
    client = app.test_client()
    client.set_cookie("filmside", stolen.value)
    assert client.get("/accounts").status_code == 303
    assert log_in(client, "Amina", PASSWORD) == 303


def test_the_cookie_is_for_this_page_only_and_starts_anew_at_a_login(app: Flask) -> None:
    client = app.test_client()
    client.get("/login")
    before = client.get_cookie("filmside").value
    done = client.post("/login", data={"name": "juma", "password": PIN})
    assert client.get_cookie("filmside").value != before
    cookie = done.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


# The kiosk's own screen.


def test_the_open_screen_is_a_technician_here_and_nobody_from_afar(kiosk: FakeKiosk, site: Site) -> None:
    client = page_of(kiosk, replace(site, open_screen=True)).test_client()
    assert client.get("/").status_code == 200
    assert client.get("/accounts").status_code == 403
    for far in ({"REMOTE_ADDR": "192.168.1.20"}, {"REMOTE_ADDR": ""}):
        assert client.get("/", environ_base=far).status_code == 303
    assert client.get("/", headers={"X-Forwarded-For": "192.168.1.20"}).status_code == 303
    # Another site's name that leads to this machine (DNS rebinding).
    assert client.get("/", headers={"Host": "evil.example:8080"}).status_code == 303
    for own in ("127.0.0.1:8080", "localhost", "[::1]:8080"):
        assert client.get("/", headers={"Host": own}).status_code == 200
    study = client.post("/api/read").json["study"]
    assert kiosk.store.study(study).read_by == SCREEN
    # An administrator may still log in there.
    assert log_in(client, "Amina", PASSWORD) == 303
    assert client.get("/accounts").status_code == 200


# Who did what.


def test_what_people_do_is_written_down_and_the_chain_holds(app: Flask, kiosk: FakeKiosk, site: Site) -> None:
    client = entered(app, "juma", PIN)
    study = client.post("/api/read").json["study"]
    assert kiosk.store.study(study).read_by == "juma"
    for address, data in (
        ("patient", {"reference": "TB-1"}), ("note", {"note": "x"}), ("verdict", {"verdict": "agreed"}),
        ("delete", {}), ("restore", {}),
    ):  # fmt: skip
        assert client.post(f"/studies/{study}/{address}", data=data).status_code == 303
    client.get(f"/studies/{study}")
    client.get("/studies.csv")
    client.post("/logout")
    told = [(event.who, event.what, event.about) for event in reversed(site.people.events(limit=50))]
    assert [what for _, what, _ in told] == [
        "first-administrator", "account-made", "login", "read-film", "set-patient", "set-note", "set-verdict",
        "delete-study", "restore-study", "see-study", "save-table", "logout",
    ]  # fmt: skip
    assert told[3] == ("juma", "read-film", study)
    assert site.people.audit().wrong == ""
    page = entered(app, "Amina", PASSWORD).get("/audit").text
    assert "All 13 events follow one another" in page
