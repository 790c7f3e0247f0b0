"""What stands beside a photo in an app: other pictures, small, and those of its users.

All are drawn, so that no other photo that anybody may have registered is to be seen.
"""

from random import Random


def face(rng: Random) -> str:
    """Draw somebody's picture, as SVG, as those have it who show no face."""
    turn = rng.randrange(360)
    ground, ink = f"hsl({turn} 45% 70%)", f"hsl({(turn + 150) % 360} 40% 35%)"
    return (
        f'<svg class="face" viewBox="0 0 40 40"><rect width="40" height="40" fill="{ground}"/>'
        f'<circle cx="20" cy="{rng.randint(14, 17)}" r="{rng.randint(6, 8)}" fill="{ink}"/>'
        f'<ellipse cx="20" cy="38" rx="{rng.randint(12, 16)}" ry="13" fill="{ink}"/></svg>'
    )


def scene(rng: Random) -> str:
    """Draw a landscape of a sky, a sun and three rows of hills, as SVG, to fill any shape."""
    turn = rng.randrange(360)
    light = rng.randint(55, 85)
    sun = f"{rng.randint(20, 140)} {rng.randint(12, 40)}"
    hills = "".join(_hills(rng, turn, row) for row in range(3))
    return (
        '<svg class="scene" viewBox="0 0 160 90" preserveAspectRatio="xMidYMid slice">'
        f'<rect width="160" height="90" fill="hsl({turn} 50% {light}%)"/>'
        f'<path d="M{sun}m-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0" fill="hsl({turn + 180} 70% 80%)"/>'
        f"{hills}</svg>"
    )


def _hills(rng: Random, turn: int, row: int) -> str:
    base = 45 + 14 * row
    tops = [base + rng.randint(-14, 10) for _ in range(5)]
    curve = "".join(f"T{40 * number} {top}" for number, top in enumerate(tops))
    shade = f"hsl({(turn + rng.randint(60, 140)) % 360} 35% {45 - 12 * row}%)"
    return f'<path d="M-20 {base}Q-10 {base - 8} 0 {tops[0]}{curve}V90H-20z" fill="{shade}"/>'
