"""What the question of the network answers, besides what every decision has."""

from pydantic import Field

from chengmo import ModelDecision


class Decision(ModelDecision):
    """A network of sites and corridors."""

    sites: tuple[str, ...] = Field(
        default=(), description="BeiDou 3-D code of each site, at the ground"
    )
    corridors: tuple[tuple[int, int], ...] = Field(
        default=(), description="Each corridor's two sites, by their numbers from 1"
    )
    lower_m: tuple[float, ...] = Field(
        default=(), description="Height above the ground of each corridor's lower lane, metres"
    )
    upper_m: tuple[float, ...] = Field(
        default=(), description="Height above the ground of each corridor's upper lane, metres"
    )
    shared_air: int = Field(
        default=0, description="Pairs of lanes that share air outside terminal areas: proven count"
    )
