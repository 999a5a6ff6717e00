"""Where one begins (OGC API - Common): landing page, conformance, the kinds of problems."""

from typing import Any

from chengmo.interfaces.boundary import prefers_html
from chengmo.interfaces.ogc.document import (
    Conformance,
    LandingPage,
    ProblemType,
    ProblemTypes,
)
from chengmo.interfaces.ogc.endpoint import (
    GEOJSON,
    HTML,
    JSON_LD,
    OPENAPI_JSON,
    Answer,
    Call,
    Endpoint,
    Query,
    Reply,
)
from chengmo.interfaces.ogc.record_document import CATALOGUE_PATH
from chengmo.interfaces.problem import ERRORS_PAGE, HTTP_KINDS, KINDS, Kind
from chengmo.model import Text

TITLE = Text(zh="城模：开放城市模型平台", en="Chengmo, an open city model platform")
DESCRIPTION = Text(
    zh="数据按规则进来，可核验的决策出去。数据为 OGC API 要素，模型为 OGC API 处理。",
    en="Data in under rules, decisions out that anyone can check. Datasets are OGC API Features, "
    "models are OGC API Processes.",
)
_SPEC = "http://www.opengis.net/spec/"
CONFORMS_TO = tuple(
    _SPEC + name
    for name in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-1/1.0/conf/landing-page",
        "ogcapi-common-1/1.0/conf/json",
        "ogcapi-common-1/1.0/conf/oas30",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-2/1.0/conf/crs",
        "ogcapi-features-3/1.0/conf/queryables",
        "ogcapi-features-3/1.0/conf/queryables-query-parameters",
        "ogcapi-tiles-1/1.0/conf/core",
        "ogcapi-tiles-1/1.0/conf/tileset",
        "ogcapi-tiles-1/1.0/conf/tilesets-list",
        "ogcapi-tiles-1/1.0/conf/geodata-tilesets",
        "ogcapi-tiles-1/1.0/conf/mvt",
        "ogcapi-records-1/1.0/conf/record-core",
        "ogcapi-records-1/1.0/conf/record-collection",
        "ogcapi-records-1/1.0/conf/record-core-query-parameters",
        "ogcapi-records-1/1.0/conf/records-api",
        "ogcapi-records-1/1.0/conf/searchable-catalog",
        "ogcapi-records-1/1.0/conf/searchable-catalog/sorting",
        "ogcapi-records-1/1.0/conf/sorting",
        "ogcapi-records-1/1.0/conf/json",
        "ogcapi-records-1/1.0/conf/oas30",
        "ogcapi-processes-1/1.0/conf/core",
        "ogcapi-processes-1/1.0/conf/ogc-process-description",
        "ogcapi-processes-1/1.0/conf/json",
        "ogcapi-processes-1/1.0/conf/oas30",
        "ogcapi-processes-1/1.0/conf/job-list",
        "ogcapi-processes-1/1.0/conf/dismiss",
    )
) + tuple(
    # This standard writes its own with https.
    "https://www.opengis.net/spec/ogcapi-dggs-1/1.0/conf/" + name
    for name in (
        "core",
        "root-dggs",
        "collection-dggs",
        "data-retrieval",
        "zone-query",
        "data-json",
        "data-geojson",
        "zone-geojson",
        "operation-ids",
    )
)


def answer_landing(call: Call[Query]) -> Reply:
    """Return the landing page; to a browser, the way to the web page."""
    if call.query.f is None and prefers_html(call.request):
        return Reply(status=303, media_type=HTML, headers={"Location": call.address("/app/")})
    relations = "http://www.opengis.net/def/rel/ogc/1.0/"
    page = LandingPage(
        title=getattr(TITLE, call.language),
        description=getattr(DESCRIPTION, call.language),
        links=(
            call.here(),
            call.link("/app/", "alternate", HTML, call.say(_PAGE)),
            call.link("/?f=html", "alternate", HTML),
            call.link("/api", "service-desc", OPENAPI_JSON),
            call.link("/app/", "service-doc", HTML),
            call.link("/conformance", "conformance"),
            call.link("/conformance", relations + "conformance"),
            call.link("/collections", "data"),
            call.link("/collections", relations + "data"),
            call.link(CATALOGUE_PATH, "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog"),
            call.link(f"{CATALOGUE_PATH}/items", "search", GEOJSON, call.say(_CATALOGUE)),
            call.link("/dcat", "describedby", JSON_LD, "DCAT-AP"),
            call.link("/tileMatrixSets", relations + "tiling-schemes"),
            call.link("/dggs", "https://www.opengis.net/def/rel/ogc/1.0/dggrs-list"),
            call.link("/processes", relations + "processes"),
            call.link("/jobs", relations + "job-list"),
        ),
    )
    return call.reply(page)


_CATALOGUE = Text(zh="数据目录", en="The catalogue of data")
_PAGE = Text(zh="地图网页", en="The page with the map")


def answer_conformance(call: Call[Query]) -> Reply:
    """Return the conformance classes."""
    return call.reply(Conformance(conforms_to=CONFORMS_TO))


def answer_problems(call: Call[Query]) -> Reply:
    """Return every kind of problem document: what the `type` of each points to."""
    kinds: tuple[Kind, ...] = (*KINDS.values(), *HTTP_KINDS)
    listed = tuple(
        ProblemType(
            type=kind.type,
            slug=kind.slug,
            status=kind.status,
            exit_code=kind.exit_code,
            title=kind.title_zh if call.language == "zh" else kind.title_en,
        )
        for kind in kinds
    )
    return call.reply(ProblemTypes(problems=listed, links=(call.here(),)))


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        "/",
        "getLandingPage",
        "Common",
        "Where one begins: links to everything else",
        Query,
        answer_landing,
        (Answer(200, "The landing page", LandingPage), Answer(303, "A browser goes to /app/")),
    ),
    Endpoint(
        "GET",
        "/conformance",
        "getConformance",
        "Common",
        "The conformance classes that are kept",
        Query,
        answer_conformance,
        (Answer(200, "The classes", Conformance),),
    ),
    Endpoint(
        "GET",
        ERRORS_PAGE,
        "getProblemTypes",
        "Common",
        "Every kind of problem document that the platform sends",
        Query,
        answer_problems,
        (Answer(200, "The kinds", ProblemTypes),),
    ),
)
