"""What stands in the bodies of webhooks and answers. Pure."""

import json
from typing import Any


def json_object(body: bytes) -> dict[str, Any]:
    """A JSON object; ValueError on anything else, also where it nests too deep to read."""
    try:
        raw = json.loads(body)
    except RecursionError:
        raise ValueError("the body nests too deep") from None
    if not isinstance(raw, dict):
        raise ValueError("the body is no object")
    return raw
