"""Every model there is: those installed, and those that contests have brought."""

from collections.abc import Iterator, Mapping

from chengmo.contests.publication import Publication, PublicationStore
from chengmo.contests.published import archive_of, model_of
from chengmo.model import VerticalModel


class Models(Mapping[str, VerticalModel]):
    """Models by id, installed ones first. Threads may share it.

    What is published or retracted anywhere counts at once here.
    """

    def __init__(
        self, installed: Mapping[str, VerticalModel], publications: PublicationStore
    ) -> None:
        self._installed = installed
        self._publications = publications
        self._made: dict[str, tuple[Publication, VerticalModel]] = {}

    def __getitem__(self, model_id: str) -> VerticalModel:
        if model_id in self._installed:
            return self._installed[model_id]
        publication = self._publications.find(model_id)
        if publication is None:
            self._made.pop(model_id, None)
            raise KeyError(model_id)
        # The same object each time: descriptions are kept by it.
        kept = self._made.get(model_id)
        if kept is None or kept[0] != publication:
            model = model_of(publication, archive_of(publication, self._publications))
            kept = self._made[model_id] = (publication, model)
        return kept[1]

    def __iter__(self) -> Iterator[str]:
        yield from self._installed
        yield from (each for each in self._publications.ids() if each not in self._installed)

    def __len__(self) -> int:
        return sum(1 for _ in self)
