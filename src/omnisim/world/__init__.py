"""Who, what and where: the world on day 0."""

from omnisim.world.build import World, build_world
from omnisim.world.persons import Persons, build_persons

__all__ = ["Persons", "World", "build_persons", "build_world"]
