"""A fake engine that speaks the driver protocol, and violates it on request."""

import base64
import json
import os
import signal
import sys
import time

if len(sys.argv) > 1 and sys.argv[1] == "deaf":
    time.sleep(600)
if len(sys.argv) > 1 and sys.argv[1] == "silent":
    sys.exit(3)

memory = bytearray(65536)

for line in sys.stdin:
    request = json.loads(line)
    answer = {"id": request["id"], "ok": True}
    cmd, field = request["cmd"], request.get("field")
    if cmd == "hello":
        answer |= {"name": "fake", "version": "1", "features": ["simd"], "profiles": [], "process": True}
    elif cmd == "peek":
        at = int(request["addr"])
        answer["bytes"] = base64.b64encode(memory[at : at + int(request["length"])]).decode()
    elif cmd == "poke":
        data = base64.b64decode(request["bytes"])
        memory[int(request["addr"]) : int(request["addr"]) + len(data)] = data
    elif cmd == "mmap":
        answer["value"] = str(int(request["length"]) + (1 << 63))
    elif cmd in ("munmap", "discard"):
        answer["value"] = str(int(request["addr"] == "65536"))
    elif cmd == "get":
        answer["values"] = [{"type": "i32", "value": "7"}]
    elif cmd == "rules":
        answer["rules"] = {"mmap.zero": 2}
    elif cmd == "invoke":
        if field == "echo":
            answer["values"] = request["args"]
        elif field == "keys":
            answer["values"] = sorted(request)
        elif field == "trap":
            answer = {"id": request["id"], "error": {"kind": "trap", "message": "unreachable"}}
        elif field == "odd":
            answer = {"id": request["id"], "error": {"kind": "bad mood", "message": ""}}
        elif field == "crash":
            print("last words", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGSEGV)
        elif field == "hang":
            time.sleep(600)
        elif field == "text":
            print("hello, world", flush=True)
            continue
        elif field == "list":
            print("[]", flush=True)
            continue
        elif field == "other id":
            answer["id"] = -1
        elif field == "neither":
            answer = {"id": request["id"]}
        elif field == "big":
            answer["values"] = ["x" * 1_000_000]
    else:
        answer["request"] = request
    print(json.dumps(answer), flush=True)
