"""Open-data contests (公共数据开放大赛): predictions of rows that nobody sees, ranked fairly."""

from chengmo.contests.board import Board, Standing
from chengmo.contests.contest import Contest, OpenedContest
from chengmo.contests.contests import Contests
from chengmo.contests.submission import Submission

__all__ = ["Board", "Contest", "Contests", "OpenedContest", "Standing", "Submission"]
