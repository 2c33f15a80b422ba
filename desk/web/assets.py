"""Scripts, styles and the few things npm fetched, served with their version in the address.

Nothing of others is in the repository: `npm ci --ignore-scripts` in desk/web, which `./run` does,
puts it into node_modules. Only the files named here are ever served from there.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["VENDOR", "Assets", "missing_packages"]

_HERE = Path(__file__).parent
VENDOR = {
    "vendor/wavesurfer.js": "wavesurfer.js/dist/wavesurfer.esm.js",
    "vendor/wavesurfer-regions.js": "wavesurfer.js/dist/plugins/regions.esm.js",
}
"""What of node_modules is served, under which name."""


class Assets(StaticFiles):
    """The folder static/ and the files of VENDOR. An address may begin with `v-…/`, the version:
    what is asked for by version may be kept for a year."""

    def __init__(self) -> None:
        super().__init__(directory=_HERE / "static")
        self.version = _version()

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or 404."""
        path = path.replace("\\", "/")
        versioned = path.startswith("v-")
        if versioned:
            path = path.partition("/")[2]
        if path in VENDOR:
            file = _HERE / "node_modules" / VENDOR[path]
            if not file.is_file():
                raise HTTPException(404)
            response: Response = FileResponse(file, media_type="text/javascript")
        else:
            response = await super().get_response(path, scope)
        fresh = versioned and f"v-{self.version}/" in str(scope["path"])
        response.headers["cache-control"] = "max-age=31536000, immutable" if fresh else "no-cache"
        return response


def missing_packages() -> list[str]:
    """Name what npm should have fetched and has not."""
    return [path for path in VENDOR.values() if not (_HERE / "node_modules" / path).is_file()]


def _version() -> str:
    """Return a value that changes when a file does."""
    digest = hashlib.sha256()
    files = [*(_HERE / "static").rglob("*"), _HERE / "package-lock.json"]
    for path in sorted(path for path in files if path.is_file()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
