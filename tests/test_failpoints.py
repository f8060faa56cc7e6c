"""Faults on purpose: inert until asked for, exact when asked, and never in public."""

import subprocess
import sys
import time

import pytest
from django.core.checks import run_checks

from chat import failpoints


@pytest.fixture(autouse=True)
def disarmed():
    yield
    failpoints.arm("")


def test_without_the_setting_every_place_is_passed_and_every_safeguard_on(settings):
    assert settings.FAILPOINTS == ""
    assert failpoints._points == {}
    for name in failpoints.NAMES:
        failpoints.passing(name)
        assert not failpoints.is_off(name)


def test_a_place_sleeps_and_a_safeguard_is_off_only_where_asked():
    failpoints.arm("after_commit=sleep:0.05, nonces=off")
    began = time.monotonic()
    failpoints.passing("before_commit")
    assert time.monotonic() - began < 0.05
    failpoints.passing("after_commit")
    assert time.monotonic() - began >= 0.05
    assert failpoints.is_off("nonces")
    assert not failpoints.is_off("head_lock")
    failpoints.passing("nonces")


def test_a_share_is_a_chance_at_each_pass():
    failpoints.arm("nonces=off@0.5")
    off = sum(failpoints.is_off("nonces") for _ in range(1_000))
    assert 350 < off < 650


def test_a_place_crashes_the_process_at_once():
    code = "from chat import failpoints as f; f.arm('before_ack=crash'); f.passing('before_ack')"
    ended = subprocess.run([sys.executable, "-c", code], check=False, timeout=30)
    assert ended.returncode == failpoints.CRASHED


@pytest.mark.parametrize("wrong", ["nowhere=crash", "nonces=explode", "nonces", "on_frame=sleep:x"])
def test_what_is_misspelt_is_refused(wrong):
    with pytest.raises(ValueError, match=r"failpoint|float"):
        failpoints.arm(wrong)


def test_a_public_installation_does_not_start_with_faults(settings):
    settings.FAILPOINTS = "before_ack=crash"
    settings.PUBLIC_URL = "https://chat.example.org"
    assert "chat.E002" in {message.id for message in run_checks()}
