"""Node.js: the WebAssembly JavaScript API, driven over JSON lines by drivers/js_driver.mjs."""

from __future__ import annotations

from pathlib import Path

from .driven import DrivenAdapter

_DRIVER = Path(__file__).resolve().parent.parent / "drivers" / "js_driver.mjs"


class Node(DrivenAdapter):
    """Node.js 20 or later with its default flags; `--engine-args node=FLAG` adds one."""

    name = "node"
    title = "Node.js"
    how_to_get = "apt install nodejs (version 20 or later), or npm install node"

    def driver_argv(self) -> list[str]:
        flags = self.context.arguments.get(self.name, [])
        return [self.look_up("node", "nodejs", variable="NODE"), *flags, str(_DRIVER)]
