"""The bus as redis-py programs use it: COUNT 10, BLOCK 1000, only new entries, groups made at 0.

Usage: redis-py.py SOCKET produce STREAM            a line of standard input is a message
       redis-py.py SOCKET consume STREAM GROUP ACK  until standard input ends; ACK is yes or no
       redis-py.py SOCKET ack STREAM GROUP ID...
Prints for each entry its id and the bytes of its data in hexadecimal; for ack how many there were.
"""

import sys
import threading

import redis

bus = redis.Redis(unix_socket_path=sys.argv[1])
deed, stream = sys.argv[2:4]


def tell(entry_id, data):
    print(entry_id.decode(), data.hex(), flush=True)


if deed == "produce":
    for line in sys.stdin.buffer:
        text = line.rstrip(b"\n")
        tell(bus.xadd(stream, {"data": text}, maxlen=10000, approximate=True), text)
elif deed == "ack":
    print(bus.xack(stream, sys.argv[4], *sys.argv[5:]), flush=True)
else:
    group, acks = sys.argv[4], sys.argv[5] == "yes"
    try:
        bus.xgroup_create(stream, group, id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    print("ready", flush=True)
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    while not over.is_set():
        for _, entries in bus.xreadgroup(group, "python", {stream: ">"}, count=10, block=1000):
            for entry_id, fields in entries:
                tell(entry_id, fields[b"data"])
                if acks:
                    bus.xack(stream, group, entry_id)
