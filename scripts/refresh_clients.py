"""Take caniemail.com's figures anew into the package: ``python -m scripts.refresh_clients [VERSION]`` (needs npm).

They come from the npm package ``caniemail``, which has them as JSON under the MIT licence. Of each mail program only
the newest version tested is kept; of the texts only each feature's title.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "src" / "dispatch" / "preflight" / "clients.json"


def main(version: str) -> None:
    with TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"caniemail@{version}"], cwd=folder, check=True)
        with tarfile.open(Path(folder) / f"caniemail-{version}.tgz") as archive:
            archive.extractall(folder, filter="data")
        package = Path(folder) / "package"
        data = json.loads((package / "data" / "caniemail.json").read_text(encoding="utf-8"))
        licence = (package / "LICENSE").read_text(encoding="utf-8")
    lines = json.dumps(reduced(data, version, licence), ensure_ascii=False, indent=1)
    TARGET.write_text(f"{lines}\n", encoding="utf-8")
    print(f"wrote {TARGET.name}: {len(data['data'])} features, as of {data['last_update_date'][:10]}")


def reduced(data: dict[str, Any], version: str, licence: str) -> dict[str, Any]:
    """What rules need of the figures. A feature has its title and a letter for each of ``programs``, in their order:
    ``y`` yes, ``n`` no, ``a`` in part, ``u`` unknown."""
    programs = sorted({name for each in data["data"] for name in _support(each["stats"])})
    return {
        "source": f"caniemail.com, through the npm package caniemail {version}",
        "date": data["last_update_date"][:10],
        "licence": [line for line in licence.splitlines() if line.strip()],
        "families": data["nicenames"]["family"],
        "platforms": data["nicenames"]["platform"],
        "programs": programs,
        "features": {
            each["slug"]: [each["title"], "".join(_support(each["stats"]).get(name, "u") for name in programs)]
            for each in data["data"]
        },
    }


def _support(stats: dict[str, Any]) -> dict[str, str]:
    """The letter of each program's newest version, by ``family/platform``."""
    return {
        f"{family}/{platform}": _newest(versions)
        for family, platforms in stats.items()
        for platform, versions in platforms.items()
        if versions
    }


def _newest(versions: dict[str, str]) -> str:
    newest = max(versions, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])
    return versions[newest].strip()[0].lower()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "2.0.2")
