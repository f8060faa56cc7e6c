"""`aardvark-dns --config FOLDER -p PORT run`, as podman's network program calls it: the name server
of containers, in place of Debian's 1.4.

That one loses a signal which comes while it reads, ends between two containers, and lets everybody
wait while it asks the machine's resolver for a name that it does not know yet
(github.com/containers/aardvark-dns, issue 389): services did not find each other, for a minute or
for good. This one reads the folder at each question, asks nobody else and stays.

A file a network: its gateways, then a container a line as `id v4,… v6,… name,…`.
"""

import os
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

LOOK_SECONDS = 0.1
"""How soon a new network's gateway is listened on; podman's signal makes it at once."""
A = 1
NXDOMAIN = 3


class Networks:
    """What the folder says at this moment."""

    def __init__(self, folder: Path) -> None:
        self.gateways: set[str] = set()
        self._members: list[list[tuple[str, list[str], list[str]]]] = []
        for file in folder.iterdir():
            with suppress(OSError):  # Gone since the folder was read.
                if file.name != "aardvark.pid":
                    self._read(file.read_text(encoding="utf-8").splitlines())

    def _read(self, lines: list[str]) -> None:
        self.gateways.update(lines[0].split(" ")[0].split(",") if lines else [])
        rows = [line.split(" ") for line in lines[1:]]
        self._members.append([(row[0], row[1].split(","), row[3].split(",")) for row in rows])

    def addresses(self, asker: str, name: str) -> list[str]:
        """Where a container finds a name: in all networks that it is in, whichever it asks by."""
        everyone = [member for members in self._members for member in members]
        mine = {key for key, ips, _names in everyone if asker in ips}
        return [
            ip
            for members in self._members
            if any(key in mine for key, _ips, _names in members)
            for _key, ips, names in members
            if name in names
            for ip in ips
        ]


def answer(question: bytes, asker: str, networks: Networks) -> bytes:
    """The reply to a query (RFC 1035, 4.1). Raises for what is none."""
    labels, at = [], 12
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode("ascii").lower())
        at += 1 + length
    (kind,) = struct.unpack_from("!H", question, at + 1)
    found = networks.addresses(asker, ".".join(labels).removesuffix(".dns.podman"))
    records = [
        struct.pack("!HHHIH", 0xC00C, A, 1, 0, 4) + socket.inet_aton(ip)
        for ip in found
        if kind == A
    ]
    flags = 0x8180 | (0 if found else NXDOMAIN)
    head = question[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
    return head + question[12 : at + 5] + b"".join(records)


def listen(folder: Path, port: int) -> None:
    """Answer on each network's gateway, for ever."""
    known: dict[str, socket.socket] = {}
    with DefaultSelector() as selector:
        while True:
            for gateway in Networks(folder).gateways - known.keys():
                known[gateway] = listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                listener.setsockopt(socket.SOL_IP, 15, 1)  # IP_FREEBIND: its bridge may come later.
                listener.bind((gateway, port))
                selector.register(listener, EVENT_READ)
            for key, _events in selector.select(LOOK_SECONDS):
                assert isinstance(key.fileobj, socket.socket)
                data, asker = key.fileobj.recvfrom(4096)
                with suppress(IndexError, UnicodeDecodeError, struct.error, OSError):
                    key.fileobj.sendto(answer(data, asker[0], Networks(folder)), asker)


def main() -> None:
    """Go to the background, as podman expects, and leave the number of the process."""
    options = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
    folder, port = Path(options["--config"]), int(options["-p"])
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    signal.signal(signal.SIGHUP, lambda *_: None)
    (folder / "aardvark.pid").write_text(str(os.getpid()), encoding="ascii")
    listen(folder, port)


if __name__ == "__main__":
    main()
