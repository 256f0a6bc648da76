"""The tables of the interpreter: rules, instructions, features, limits.

The configuration value `wasmproc_program`, or the environment variable WASMPROC, names the program.
"""

from __future__ import annotations

import json
import os
import subprocess

from sphinx.application import Sphinx
from sphinx.errors import ConfigError


def read(program: str) -> dict:
    """The tables of a program. Raises ConfigError."""
    try:
        output = subprocess.run([program, "tables", "--json"], capture_output=True, check=True, timeout=60).stdout
        return json.loads(output)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise ConfigError(f"the tables of the interpreter ({program} tables --json) can't be read: {error}") from error


def of(app: Sphinx) -> dict:
    """The tables, read once per build."""
    if not hasattr(app, "wasmproc_tables"):
        program = app.config.wasmproc_program or os.environ.get("WASMPROC", "")
        if not program:
            raise ConfigError("WASMPROC, or the configuration value wasmproc_program, must name the program wasmproc")
        app.wasmproc_tables = read(program)
    return app.wasmproc_tables


def rules(app: Sphinx) -> dict[str, str]:
    """The chapter of each rule, by id, in the order of the table."""
    return {rule["id"]: rule["chapter"] for rule in of(app)["rules"]}


def setup(app: Sphinx) -> None:
    app.add_config_value("wasmproc_program", "", "", str)
