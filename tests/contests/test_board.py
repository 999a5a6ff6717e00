import pytest

from chengmo.contests.board import Scored, make_board


def scored(entrant, sequence, told, private, *, ranked=True):
    return Scored(entrant, sequence, f"2026-03-01T00:00:{sequence:02}Z", told, private, ranked)


THREE = [
    scored("li", 1, 12.0, 14.0), scored("wang", 2, 10.0, 13.0), scored("li", 3, 10.0, 11.0),
    scored("li", 4, 10.0, 18.0), scored("office", 5, 1.0, 1.0, ranked=False),
]  # fmt: skip


def lines(board):
    return [(each.rank, each.entrant, each.score) for each in board.standings]


def test_before_the_deadline_told_public_scores_rank_and_the_earlier_wins_a_tie(make):
    board = make_board(make(), THREE, waiting=0, is_closed=False)
    assert (board.kind, board.is_final) == ("public", False)
    assert lines(board) == [(None, "office", 1.0), (1, "wang", 10.0), (2, "li", 10.0)]


@pytest.mark.parametrize(("final", "score", "rank"), [("best", 11.0, 1), ("last", 18.0, 2)])
def test_after_it_the_private_score_of_the_submission_that_counts(make, final, score, rank):
    board = make_board(make(final=final), THREE, waiting=0, is_closed=True)
    assert (board.kind, board.is_final) == ("private", True)
    assert (rank, "li", score) in lines(board)


def test_the_board_is_not_final_while_something_waits(make):
    assert not make_board(make(), THREE, waiting=1, is_closed=True).is_final


def test_more_is_better_where_the_measure_says_so(make):
    contest = make(metric="r2", step=0.01)
    assert lines(make_board(contest, THREE[:2], waiting=0, is_closed=False)) == [
        (1, "li", 12.0), (2, "wang", 10.0),
    ]  # fmt: skip
