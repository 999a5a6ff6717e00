"""Teams: whoever founds one gets a code, and whoever has the code joins it."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from chengmo.contests.table import entries, members, teams
from chengmo.errors import Conflict, InvalidRequest, NotAllowed
from chengmo.ledger import Database, Transaction

# No account's id has a colon: a team cannot pass for a person.
PREFIX = "team:"
_NAME = re.compile(r"[^\W_][\w \-]{0,59}")


@dataclass(frozen=True)
class Team:
    """A team as its members see it."""

    name: str
    members: tuple[str, ...]


class Teams:
    """Who enters a contest together. One account is in one team of a contest at most."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entrant(self, contest: str, actor: str) -> str:
        """Return what an account's submissions count for: its team, else itself."""
        query = sa.select(members.c.team).where(
            members.c.contest == contest, members.c.actor == actor
        )
        with self._database.read() as transaction:
            team = transaction.execute(query).scalar()
        return actor if team is None else f"{PREFIX}{team}"

    def team_of(self, contest: str, actor: str) -> Team | None:
        """Return the team of an account, or None."""
        mine = sa.select(members.c.team).where(
            members.c.contest == contest, members.c.actor == actor
        )
        query = sa.select(members.c.team, members.c.actor).where(
            members.c.contest == contest, members.c.team.in_(mine)
        )
        with self._database.read() as transaction:
            rows = transaction.execute(query.order_by(members.c.actor)).all()
        return Team(rows[0].team, tuple(row.actor for row in rows)) if rows else None

    def invite(self, contest: str, actor: str) -> str:
        """Return a new code of the account's team; the one before is of no use any more.

        Raises:
            Conflict: If the account has no team.
        """
        code = secrets.token_urlsafe(12)
        with self._database.write() as transaction:
            team = _own_team(transaction, contest, actor)
            chosen = teams.update().where(teams.c.contest == contest, teams.c.team == team)
            transaction.execute(chosen.values(code_sha256=_digest(code)))
        return code

    def leave(self, contest: str, actor: str) -> None:
        """Leave a team that has brought nothing yet; a team that everybody has left is gone.

        Raises:
            Conflict: If the account has no team, or the team has submissions: whoever left would
                have seen its scores and begin anew.
        """
        with self._database.write() as transaction:
            self._database.lock_order(transaction)
            team = _own_team(transaction, contest, actor)
            brought = sa.select(sa.func.count()).where(
                entries.c.contest == contest, entries.c.entrant == f"{PREFIX}{team}"
            )
            if transaction.execute(brought).scalar_one():
                raise Conflict(
                    f"team '{team}' has submissions already", hint="whoever is in it stays in it"
                )
            transaction.execute(
                members.delete().where(members.c.contest == contest, members.c.actor == actor)
            )
            left = sa.select(members.c.actor).where(
                members.c.contest == contest, members.c.team == team
            )
            if transaction.execute(left).first() is None:
                transaction.execute(
                    teams.delete().where(teams.c.contest == contest, teams.c.team == team)
                )

    def found(self, contest: str, team: str, actor: str) -> str:
        """Found a team and return the code by which others join it; it is not kept.

        Raises:
            InvalidRequest: If it is no name.
            Conflict: If there is such a team, or the account has a team or submissions already.
        """
        if not _NAME.fullmatch(team):
            raise InvalidRequest(
                "this is no name for a team", hint="1 to 60 letters, digits, spaces, hyphens"
            )
        code = secrets.token_urlsafe(12)
        row = {"contest": contest, "team": team, "code_sha256": _digest(code)}
        with self._database.write() as transaction:
            self._database.lock_order(transaction)
            made = self._database.insert_new(teams).values(**row).returning(teams.c.team)
            if transaction.execute(made).first() is None:
                raise Conflict(f"there is a team '{team}' already", hint="take another name")
            _enlist(transaction, contest, team, actor)
        return code

    def join(self, contest: str, team: str, code: str, actor: str) -> None:
        """Join a team by its code.

        Raises:
            NotAllowed: If there is no such team, or the code is not its.
            Conflict: If the account has a team or submissions already.
        """
        query = sa.select(teams.c.code_sha256).where(
            teams.c.contest == contest, teams.c.team == team
        )
        with self._database.write() as transaction:
            self._database.lock_order(transaction)
            kept = transaction.execute(query).scalar() or ""
            if not hmac.compare_digest(kept, _digest(code)):
                raise NotAllowed("team and code do not fit", hint="ask who founded the team")
            _enlist(transaction, contest, team, actor)


def _own_team(transaction: Transaction, contest: str, actor: str) -> str:
    query = sa.select(members.c.team).where(members.c.contest == contest, members.c.actor == actor)
    team = transaction.execute(query).scalar()
    if team is None:
        raise Conflict("this account has no team in this contest", hint="found one, or join one")
    return team


def _enlist(transaction: Transaction, contest: str, team: str, actor: str) -> None:
    mine = sa.select(sa.func.count()).where(members.c.contest == contest, members.c.actor == actor)
    # Alone first and then in a team would be two quotas.
    alone = sa.select(sa.func.count()).where(entries.c.contest == contest, entries.c.actor == actor)
    if transaction.execute(mine).scalar_one() or transaction.execute(alone).scalar_one():
        raise Conflict(
            "this account has a team, or submissions, in this contest already",
            hint="one account enters a contest once",
        )
    transaction.execute(members.insert().values(contest=contest, actor=actor, team=team))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
