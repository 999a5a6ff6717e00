"""How a provider is configured, and what its claims mean here."""

import pytest

from chengmo.errors import InvalidRequest
from chengmo.identity.provider_settings import provider_settings_from

GOOD = {
    "CHENGMO_OIDC_ISSUER": "https://login.example/realms/city",
    "CHENGMO_OIDC_CLIENT_ID": "chengmo",
    "CHENGMO_OIDC_CLIENT_SECRET": "hush-hush",
    "CHENGMO_OIDC_ROLES": "realm_access.roles: gis-admins=administrator, 规划=analyst",
    "CHENGMO_OIDC_ORGANISATIONS": "dept:规划局=planning,卫健委=health",
}


def test_without_an_issuer_there_is_no_provider():
    assert provider_settings_from({}) is None
    assert provider_settings_from({"CHENGMO_OIDC_CLIENT_ID": "x"}) is None


def test_claims_become_roles_and_an_organisation():
    settings = provider_settings_from(GOOD)
    claims = {
        "sub": "1",
        "email": "Li@Example.org",
        "realm_access": {"roles": ["规划", "chess", 7]},
        "dept": "卫健委",
    }
    account = settings.account_of(claims)
    assert (account.id, account.roles, account.organisation) == (
        "li@example.org", {"analyst"}, "health",
    )  # fmt: skip
    other = settings.account_of(claims, own_name=False)
    assert other.id.startswith("li@example.org-")
    for reserved in ("Local", "anonymous"):
        account = settings.account_of({"sub": "1", "preferred_username": reserved})
        assert account.id.startswith(f"{reserved.lower()}-")
    assert settings.account_of({"sub": "李"}).id.startswith("user-")
    assert settings.account_of({"sub": "1", "realm_access": "x", "dept": {}}).roles == frozenset()
    assert "hush-hush" not in repr(settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"CHENGMO_OIDC_CLIENT_SECRET": ""},
        {"CHENGMO_OIDC_ISSUER": "http://login.example"},
        {"CHENGMO_OIDC_ISSUER": "ftp://127.0.0.1"},
        {"CHENGMO_OIDC_ROLES": "groups"},
        {"CHENGMO_OIDC_ROLES": "groups:x=king"},
        {"CHENGMO_OIDC_ORGANISATIONS": "dept:=planning"},
    ],
)
def test_what_is_configured_by_half_is_said_at_the_start(wrong):
    with pytest.raises(InvalidRequest) as refused:
        provider_settings_from({**GOOD, **wrong})
    assert "hush-hush" not in str(refused.value)
