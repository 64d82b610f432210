"""Certificates: the authorities of one's own that a table names by ``ca_file``."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.tables import Table


def authority(table: Table, given: Mapping[str, Any]) -> Path | None:
    """The PEM file of ``ca_file``; one without a certificate is noted as a fault. None where the table names none."""
    if "ca_file" not in given:
        return None
    path = table.folder / str(given["ca_file"])
    try:
        ssl.create_default_context(cafile=path)
    except OSError as exc:  # SSLError is one: a file that holds no certificate
        table.fault("ca_file", f'names "{given["ca_file"]}", where no certificate can be read: {exc.strerror or exc}')
    return path
