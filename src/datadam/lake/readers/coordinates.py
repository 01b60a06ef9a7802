"""Which coordinate system numbers are in: what a file says, and what the numbers of Korean places tell without it."""

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WGS84 = "EPSG:4326"
SAME_AS_WGS84 = {WGS84, "EPSG:4737", "EPSG:4979", "OGC:CRS84", "EPSG:4019"}  # within a metre, in degrees
DECIMALS = 8  # of transformed degrees: about a millimetre
TRUSTED = ("WGS_1984", "WGS 84", "Korea_2000", "Korean_2000", "Korea 2000", "GRS_1980", "GRS 1980", "ITRF", "TOWGS84")

# west, south, east, north of Korea → the systems that give such numbers
RANGES: tuple[tuple[tuple[float, float, float, float], tuple[str, ...]], ...] = (
    ((124, 32, 132.5, 43.5), (WGS84,)),
    ((13_700_000, 3_800_000, 14_800_000, 5_400_000), ("EPSG:3857",)),
    ((700_000, 1_350_000, 1_450_000, 2_600_000), ("EPSG:5179", "EPSG:5178")),
    ((-100_000, -100_000, 650_000, 750_000), ("EPSG:5186", "EPSG:5187", "EPSG:5181", "EPSG:5174")),
)


@dataclass(frozen=True)
class Place:
    """The system of a layer as told ('' when it is not), and whether it is to be turned into WGS84."""

    told: str
    transforms: bool = False
    candidates: tuple[str, ...] = ()  # what the numbers allow, where nothing is told

    @property
    def in_degrees(self) -> bool:
        """Whether the coordinates that come out are longitudes and latitudes."""
        return self.transforms or self.told in SAME_AS_WGS84 or self.candidates == (WGS84,)


def place_of(told: str | None, bounds: tuple[float, float, float, float] | None, *, transform: bool) -> Place:
    """`told` is an authority's code or WKT. A datum that cannot be turned into WGS84 to the metre is left alone."""
    if not told:
        return Place("", candidates=_candidates(bounds))
    known = told.startswith("EPSG:") or any(name in told for name in TRUSTED)
    return Place(told, transform and known and told not in SAME_AS_WGS84)


def _candidates(bounds: tuple[float, float, float, float] | None) -> tuple[str, ...]:
    if not bounds:
        return ()
    west, south, east, north = bounds
    for (left, low, right, high), systems in RANGES:
        if left <= west <= east <= right and low <= south <= north <= high:
            return systems
    return ()


def name_of(told: str) -> str:
    """An authority's code, or the name in a WKT."""
    return told if told.startswith(("EPSG:", "OGC:", "ESRI:")) else told.split('"')[1] if '"' in told else told[:80]


def warped(path: str, layer: str, encoding: str) -> str:
    """A virtual layer (GDAL VRT) that gives a layer's geometries in WGS84, longitude first."""
    options = f'<OpenOptions><OOI key="ENCODING">{encoding}</OOI></OpenOptions>' if encoding else ""
    return (
        f"<OGRVRTDataSource><OGRVRTWarpedLayer><OGRVRTLayer name={quoteattr(layer)}>"
        f"<SrcDataSource>{escape(path)}</SrcDataSource>{options}<SrcLayer>{escape(layer)}</SrcLayer>"
        f"</OGRVRTLayer><TargetSRS>{WGS84}</TargetSRS></OGRVRTWarpedLayer></OGRVRTDataSource>"
    )
