"""Secrets of second factors: sealed at rest, bound to an account, under a key that is renewed."""

import secrets
import stat

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from chengmo.errors import LakeUnavailable
from chengmo.identity import People
from chengmo.identity.second_factor import _factors
from chengmo.identity.totp import STEP_S, code_of, new_secret, step_of
from chengmo.identity.vault import FILE_NAME, Vault

PASSWORD = "three bridges over han"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path)


def test_what_is_sealed_opens_for_its_account_alone(vault, tmp_path):
    sealed = vault.seal("SECRET", "li")
    assert "SECRET" not in sealed
    assert sealed != vault.seal("SECRET", "li")
    assert Vault(tmp_path).open(sealed, "li") == "SECRET"
    with pytest.raises(LakeUnavailable, match="changed"):
        vault.open(sealed, "wang")
    cut = sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB")
    with pytest.raises(LakeUnavailable, match="changed"):
        vault.open(cut, "li")
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_secret_of_an_authenticator_is_never_taken_for_a_sealed_one():
    assert not any(Vault.is_sealed(new_secret()) for _ in range(50))


def test_nothing_is_made_before_something_is_sealed(vault, tmp_path):
    with pytest.raises(LakeUnavailable, match="not there"):
        vault.open("v1.0000000000000000.AAAA", "li")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_or_lost_key_says_what_to_do(vault, tmp_path):
    sealed = vault.seal("SECRET", "li")
    (tmp_path / FILE_NAME).write_bytes(b"short")
    with pytest.raises(LakeUnavailable, match="not whole") as caught:
        vault.open(sealed, "li")
    assert "backup" in caught.value.hint
    (tmp_path / FILE_NAME).write_bytes(secrets.token_bytes(32))
    with pytest.raises(LakeUnavailable, match="not there"):
        vault.open(sealed, "li")
    lost = Vault(tmp_path / "nowhere")
    with pytest.raises(LakeUnavailable, match="cannot be used"):
        lost.seal("SECRET", "li")


def test_a_rotation_that_breaks_off_loses_nothing(vault, tmp_path):
    sealed = vault.seal("SECRET", "li")

    def fails():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        vault.rotate(fails)
    assert vault.open(sealed, "li") == "SECRET"
    kept = []
    vault.rotate(lambda: kept.append(vault.seal(vault.open(sealed, "li"), "li")))
    assert vault.open(kept[0], "li") == "SECRET"
    assert len((tmp_path / FILE_NAME).read_bytes()) == 32
    with pytest.raises(LakeUnavailable):
        vault.open(sealed, "li")
    with pytest.raises(LakeUnavailable):
        Vault().rotate(fails)


def kept_secret(database):
    with database.read() as transaction:
        return transaction.execute(sa.select(_factors.c.secret)).scalar_one()


def sign_in(people, clock, secret):
    clock.move(seconds=STEP_S)
    code = code_of(secret, step_of(clock()))
    return people.sign_in("root", PASSWORD, address="10.0.0.7", code=code)


def test_a_secret_that_lay_open_is_sealed_at_the_next_start_and_a_new_key_changes_nothing(
    people, database, clock, tmp_path
):
    secret = people.begin_second_factor("root")
    people.confirm_second_factor("root", code_of(secret, step_of(clock())))
    with database.write() as transaction:
        # As an earlier version left it.
        transaction.execute(_factors.update().values(secret=secret))
    home = tmp_path / "keys"
    home.mkdir()
    told = []
    again = People(
        database, clock=clock, hasher=CHEAP, vault=Vault(home), witness=lambda _, d: told.append(d)
    )
    sealed = kept_secret(database)
    assert secret not in sealed
    assert sign_in(again, clock, secret)
    again.renew_second_factor_key()
    assert kept_secret(database) != sealed
    assert sign_in(again, clock, secret)
    assert sign_in(People(database, clock=clock, hasher=CHEAP, vault=Vault(home)), clock, secret)
    assert [each.how for each in told if each.kind == "key"] == ["second factors sealed anew"]
    if database.is_sqlite:
        database.close()
        content = b"".join(path.read_bytes() for path in tmp_path.glob("*.sqlite*"))
        assert content
        assert secret.encode() not in content
