"""The engines of the harness, one file each."""

from .base import Adapter, Context, EngineInfo, EngineMissing
from .node import Node
from .wabt import Wabt
from .wasmproc import Wasmproc, WasmprocDriver, WasmprocNative, WasmprocOs, WasmprocOsNative

#: Every engine by name, in the order in which reports show them.
ADAPTERS: dict[str, type[Adapter]] = {
    cls.name: cls for cls in (Wasmproc, Wabt, Node, WasmprocDriver, WasmprocNative, WasmprocOs, WasmprocOsNative)
}

#: The engines of a run that names none.
DEFAULT_ENGINES = ("wasmproc", "wabt", "node")

__all__ = ["ADAPTERS", "DEFAULT_ENGINES", "Adapter", "Context", "EngineInfo", "EngineMissing"]
