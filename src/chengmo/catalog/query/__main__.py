"""The process that loads the engine's libraries once and forks a copy of itself for each question.

Started by `ask`, never by hand.
"""

import socket

from chengmo.catalog.importing.nursery import Nursery
from chengmo.catalog.query.answer import answer
from chengmo.catalog.query.warming import warm_up

if __name__ == "__main__":
    warm_up()
    Nursery(socket.socket(fileno=0), answer).serve()
