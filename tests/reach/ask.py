"""Asks a network for the address of a name by multicast DNS, and prints it; `--have` says that this computer has the name.

Usage: ask.py [--have] NAME OWN-ADDRESS
"""

import socket
import struct
import sys

GROUP, PORT = "224.0.0.251", 5353


def encoded(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def opened(own, port):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(("", port))
    one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
    one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(own))
    return one


def answer(name, own):
    record = encoded(name) + struct.pack("!HHIH", 1, 0x8001, 120, 4) + socket.inet_aton(own)
    return struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + record


def address_in(packet, name):
    at = packet.lower().find(encoded(name) + b"\0\1")
    if at < 0:
        return None
    _, _, ttl, length = struct.unpack_from("!HHIH", packet, at + len(encoded(name)))
    start = at + len(encoded(name)) + 10
    return socket.inet_ntoa(packet[start:start + 4]) if ttl and length == 4 else None


def main():
    have = sys.argv[1] == "--have"
    name, own = sys.argv[-2:]
    one = opened(own, PORT)
    if have:
        while True:
            packet = one.recv(9000)
            is_question = not struct.unpack_from("!H", packet, 2)[0] & 0x8000
            # The end of the name may be compressed.
            if is_question and encoded(name.split(".")[0])[:-1] in packet.lower():
                one.sendto(answer(name, own), (GROUP, PORT))
    question = struct.pack("!6H", 0, 0, 1, 0, 0, 0) + encoded(name) + struct.pack("!HH", 1, 1)
    for _ in range(3):
        one.settimeout(1)
        one.sendto(question, (GROUP, PORT))
        try:
            while True:
                found = address_in(one.recv(9000), name)
                if found:
                    print(found)
                    return
        except TimeoutError:
            pass


main()
