"""Which host names are this machine itself, for Host and Origin checks without PUBLIC_URL."""

import socket

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def own_hosts() -> list[str]:
    """Loopback names, this machine's name and addresses, as they stand in a Host header."""
    hosts = [*LOOPBACK, *(bracketed(address) for address in own_addresses())]
    name = socket.gethostname()
    return list(dict.fromkeys([*hosts, name, f"{name}.local"]))


def own_addresses() -> list[str]:
    """This machine's non-loopback addresses, the one that faces the local network first."""
    found = []
    # Connecting a datagram socket sends nothing; it only asks which address would be used.
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    try:
        listed = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
        found += [str(address[0]) for *_rest, address in listed]
    except OSError:
        pass
    return [a for a in dict.fromkeys(found) if not a.startswith("127.") and a != "::1"]


def bracketed(address: str) -> str:
    """The address as a Host header writes it."""
    return f"[{address}]" if ":" in address else address
