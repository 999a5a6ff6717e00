"""Tables that services make become datasets: asked for by who may import, and by nobody else."""

from collections.abc import Iterable

from chengmo.interfaces.mount import Publication
from chengmo.interfaces.web.action import Action, Answer, Visit
from chengmo.interfaces.web.datasets import told
from chengmo.runs.intake import Bringer
from chengmo.runs.publishing import publish


def actions_of(publications: Iterable[Publication]) -> list[Action]:
    """Return an endpoint for each publication."""
    return [_action_of(each) for each in publications]


def _action_of(publication: Publication) -> Action:
    def answer(visit: Visit) -> Answer:
        # What is read for it is read as the caller may see it, for the purpose it states.
        made = publication.make(visit.body, visit.view.read)
        return told(publish(Bringer(visit.platform.sharing, visit.actor, "web"), made))

    return Action("POST", publication.path, answer, status=201, scope="import")
