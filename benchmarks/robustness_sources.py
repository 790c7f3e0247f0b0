"""The reposts to look for, as `vigil calibrate` reads them."""

from commands.calibration_sources import Repost, read_reposts

__all__ = ["Repost", "read_reposts"]
