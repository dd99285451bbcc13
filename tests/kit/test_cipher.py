"""Secrets at rest."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.kit.cipher import CannotOpen, Cipher, new_key
from torana.kit.errors import ConfigurationError

PLACE = "gw_1|broker_sessions|ses_1|token"
CIPHER = Cipher(new_key("2026"))


@given(st.text())
def test_what_was_sealed_opens(plain: str) -> None:
    assert CIPHER.open(CIPHER.seal(plain, bound_to=PLACE), bound_to=PLACE) == plain


def test_a_sealed_value_does_not_open_in_another_place() -> None:
    sealed = CIPHER.seal("token", bound_to=PLACE)

    for place in ("gw_2|broker_sessions|ses_1|token", "gw_1|broker_sessions|ses_2|token", ""):
        with pytest.raises(CannotOpen):
            CIPHER.open(sealed, bound_to=place)


def test_a_changed_byte_anywhere_is_noticed() -> None:
    sealed = CIPHER.seal("token", bound_to=PLACE)

    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(CannotOpen):
            CIPHER.open(changed, bound_to=PLACE)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01\x042026", b"\x01\x042026" + b"x" * 12, b"plain text"])
def test_what_is_no_sealed_value_does_not_open(sealed: bytes) -> None:
    with pytest.raises(CannotOpen):
        CIPHER.open(sealed, bound_to=PLACE)


def test_the_same_secret_looks_different_every_time() -> None:
    assert len({CIPHER.seal("token", bound_to=PLACE) for _ in range(100)}) == 100


def test_after_a_change_of_keys_old_values_open_and_are_told_apart() -> None:
    """T07."""
    old_key, new = new_key("old"), new_key("new")
    sealed = Cipher(old_key).seal("token", bound_to=PLACE)
    both = Cipher(f"{new},{old_key}")

    assert both.open(sealed, bound_to=PLACE) == "token"
    assert not sealed.startswith(both.head)
    assert both.seal("token", bound_to=PLACE).startswith(both.head)
    with pytest.raises(CannotOpen, match="'old'"):
        Cipher(new).open(sealed, bound_to=PLACE)


def test_a_key_of_the_same_id_that_is_another_key_does_not_open() -> None:
    """T06."""
    sealed = Cipher(new_key("1")).seal("token", bound_to=PLACE)

    with pytest.raises(CannotOpen):
        Cipher(new_key("1")).open(sealed, bound_to=PLACE)


@pytest.mark.parametrize(
    "keys",
    [
        "",
        " , ",
        base64.b64encode(b"x" * 32).decode(),
        "1:" + base64.b64encode(b"x" * 16).decode(),
        "1:not base64!",
        ":" + base64.b64encode(b"x" * 32).decode(),
        pytest.param(f"{new_key('1')},{new_key('1')}", id="one id twice"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_being_shown(keys: str) -> None:
    """T06."""
    with pytest.raises(ConfigurationError) as caught:
        Cipher(keys)

    assert not any(part in str(caught.value) for part in keys.replace(":", ",").split(",") if len(part) > 2)


def test_neither_repr_nor_error_shows_a_key() -> None:
    key = new_key("2026")
    cipher = Cipher(key)

    assert repr(cipher) == "Cipher(keys=['2026'])"
    assert key.split(":")[1] not in f"{cipher!r} {cipher} {vars(cipher)}"


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    sealed = Cipher.from_home(home).seal("token", bound_to=PLACE)

    (file,) = home.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Cipher.from_home(home).open(sealed, bound_to=PLACE) == "token"


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        ciphers = list(threads.map(lambda _: Cipher.from_home(tmp_path), range(64)))

    assert all(ciphers[0].open(each.seal("token", bound_to=PLACE), bound_to=PLACE) == "token" for each in ciphers)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    Cipher.from_home(tmp_path)
    (file,) = tmp_path.iterdir()
    file.chmod(0o640)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        Cipher.from_home(tmp_path)


def test_given_keys_go_before_the_key_file(tmp_path: Path) -> None:
    key = new_key("given")
    sealed = Cipher.from_home(tmp_path, key).seal("token", bound_to=PLACE)

    assert Cipher(key).open(sealed, bound_to=PLACE) == "token"
    assert list(tmp_path.iterdir()) == []
