"""Which addresses may be connected to: those on the public internet, and no others."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public internet, whatever it is wrapped in.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is as public as that.
    """
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        return _plainly_public(ip) and all(_plainly_public(part) for part in _carried(ip))
    return _plainly_public(ip)


def _carried(ip: IPv6Address) -> list[IPv4Address]:
    carried = [wrapped for wrapped in (ip.ipv4_mapped, ip.sixtofour) if wrapped is not None]
    if ip.teredo is not None:
        carried.extend(ip.teredo)
    if ip in _NAT64:
        carried.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return carried


def _plainly_public(ip: IPv4Address | IPv6Address) -> bool:
    # A mapped address is not global by itself; what it carries is judged besides.
    if isinstance(ip, IPv6Address) and (ip.ipv4_mapped is not None or ip in _NAT64):
        return True
    # Python calls the old site-local networks (fec0::/10) global; they are private ones.
    if isinstance(ip, IPv6Address) and ip.is_site_local:
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
