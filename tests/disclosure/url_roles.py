"""Who gets what answer at the release history's URLs."""

from tests.url_roles import Row


def resource(cast):
    """A resource of the firm of which a table of persons was published."""
    from datadam.access import services as access
    from datadam.disclosure import services

    made = access.register(owner=cast.firm, actor=cast.provider)
    services.record_publication(
        actor=cast.provider,
        resource_uid=made.uid,
        release=1,
        unit="persons",
        dimensions=["구"],
        measures=["인구"],
        threshold=5,
        treatment="none",
    )
    return {"uid": str(made.uid)}


PLACES = {"resource": resource}
GROUPS = {"insiders": ("provider", "officer", "operator")}
ROWS = [
    Row("GET api:publications", at="resource", everyone=403, nobody=401, insiders=200),
    Row("GET publications", at="resource", everyone=403, nobody="login", insiders=200),
]
