"""A fake engine that speaks the driver protocol, and obeys modules and fields.

The answer to a module whose bytes or text contain `@KIND: MESSAGE@` is that error; `@crash@` and `@hang@` make the engine
crash or hang. A field is `return` (answers its arguments), `KIND: MESSAGE` (an error), `crash`, `hang`, `garbage`, or
`count` (the number of modules made, as an i32). An object on the command line is added to the answer to `hello`:

    obedient_driver.py '{"missing_features": ["memory64"]}'
"""

import base64
import json
import os
import re
import signal
import sys
import time

KINDS = "malformed invalid unlinkable unloadable refused trap exception exhaustion exit unsupported protocol crash".split()


class Failure(Exception):
    """The kind and message of an error to answer."""


class Engine:
    def __init__(self, hello):
        self.hello = {"name": "fake", "version": "7.5 (fake)", "features": [], "profiles": [], "process": False} | hello
        self.made = 0

    def obey(self, told):
        kind, colon, message = told.partition(": ")
        if told == "crash":
            print("the engine's last words", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGABRT)
        if told == "hang":
            time.sleep(600)
        if told == "garbage":
            print("Segmentation fault, or so", flush=True)
        if colon and kind in KINDS:
            raise Failure(kind, message)

    def take_module(self, request):
        content = base64.b64decode(request["bytes"]).decode("latin-1") if "bytes" in request else request["text"]
        told = re.search(r"@([^@]*)@", content)
        if told:
            self.obey(told[1])

    def answer(self, request):
        cmd = request["cmd"]
        if cmd == "hello":
            return self.hello
        if cmd in ("module", "define", "check", "library"):
            self.take_module(request)
            self.made += cmd == "module"
        if cmd in ("invoke", "get"):
            self.obey(request["field"])
            made = [{"type": "i32", "value": str(self.made)}]
            return {"values": made if request["field"] == "count" else request.get("args", [])}
        if cmd == "process" and int(request["pages"]) > 4096:
            raise Failure("refused", "extent of many pages")
        if cmd in ("switch", "end", "unload") and str(request.get("name")).startswith("$refuse"):
            raise Failure("refused", "process has ended")
        return {}


def main():
    engine = Engine(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": True, **engine.answer(request)}
        except Failure as failure:
            answer = {"error": {"kind": failure.args[0], "message": failure.args[1]}}
        print(json.dumps({"id": request["id"], **answer}), flush=True)


if __name__ == "__main__":
    main()
