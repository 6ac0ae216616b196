"""Where sample things stand: points and streets around a district's seat, always inside its boundary. Pure."""

from math import cos, pi, radians, sin
from random import Random

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from infra_registry.demo.samples import City, District, PartyRow, names, people

METRES_PER_DEGREE = 111_320.0
TRIES = 40


class Ground:
    """A district to put things in, with its own stream of random numbers: equal seeds, equal places."""

    def __init__(self, city: City, district: District, shape: BaseGeometry, topic: str) -> None:
        self.city, self.district, self.shape = city, district, shape
        self.rng = Random(f"{city.seed}/{district.code}/{topic}")  # noqa: S311  sample places, no secrets
        shapely.prepare(shape)
        seat = Point(district.seat)
        if not shape.contains(seat):
            seat = nearest_points(shape.buffer(-0.01) if not shape.buffer(-0.01).is_empty else shape, seat)[0]
        self.seat = (seat.x, seat.y)
        # Streets of a town run two ways; the town's own stream of numbers must not turn them per topic.
        self.bearing = Random(f"{city.seed}/{district.code}").uniform(-0.25, 0.25)  # noqa: S311

    def shifted(self, start: tuple[float, float], bearing: float, metres: float) -> tuple[float, float]:
        """The point so many metres away in a direction (radians from north)."""
        lat = start[1] + metres * cos(bearing) / METRES_PER_DEGREE
        lon = start[0] + metres * sin(bearing) / (METRES_PER_DEGREE * cos(radians(start[1])))
        return round(lon, 7), round(lat, 7)

    def inside(self, spot: tuple[float, float]) -> bool:
        """True when the point lies in the district."""
        return bool(shapely.contains_xy(self.shape, *spot))

    def in_town(self, spread: float = 1.0) -> tuple[float, float]:
        """A point in or near the built-up area, thinning out from the seat."""
        for _ in range(TRIES):
            distance = abs(self.rng.gauss(0, self.district.radius_m * spread))
            spot = self.shifted(self.seat, self.rng.uniform(0, 2 * pi), distance)
            if self.inside(spot):
                return spot
        return self.seat

    def anywhere(self) -> tuple[float, float]:
        """A point anywhere in the district."""
        west, south, east, north = self.shape.bounds
        for _ in range(TRIES):
            spot = (round(self.rng.uniform(west, east), 7), round(self.rng.uniform(south, north), 7))
            if self.inside(spot):
                return spot
        return self.seat

    def street(self, stops: int, step_m: float, spread: float = 0.8) -> list[tuple[float, float]]:
        """Points along a street: nearly straight, in one of the town's two directions; may be shorter."""
        for _ in range(TRIES):
            spot = self.in_town(spread)
            bearing = self.bearing + self.rng.choice((0, pi / 2, pi, 3 * pi / 2))
            line = [spot]
            for _ in range(stops - 1):
                bearing += self.rng.gauss(0, 0.02)
                line.append(self.shifted(line[-1], bearing, step_m * self.rng.uniform(0.92, 1.08)))
            if all(self.inside(point) for point in line):
                return line
        return [self.seat, self.shifted(self.seat, self.bearing, 20)]

    def block(self, spot: tuple[float, float], width_m: float, depth_m: float) -> Polygon:
        """A rectangle turned as the town's streets are."""
        corners = []
        for across, along in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            middle = self.shifted(spot, self.bearing + pi / 2, across * width_m / 2)
            corners.append(self.shifted(middle, self.bearing, along * depth_m / 2))
        return Polygon(corners)

    def address(self) -> str:
        """An address nobody could mistake for a real one."""
        street, number = self.rng.choice(names()["streets"]), self.rng.randint(1, 288)
        return str(names()["address"]).format(district=self.district.name, street=street, number=number)

    def operator(self) -> PartyRow:
        """An operator drawn by its share."""
        operators = people().operators
        return self.rng.choices(operators, [item.share for item in operators])[0]

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.rng.random() < share


def line(points: list[tuple[float, float]]) -> LineString:
    """A line through points."""
    return LineString(points)
