"""Where the servers of the tests lie, and the one server that all processes of a run share.

``python -m tests.server up`` starts it and prints its directory; ``down DIRECTORY`` removes it.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from infra_registry.cluster import Cluster

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3  # bytes; a run has never taken more than one GiB at a time


def scratch(prefix: str) -> Path:
    """A new directory for a server, which the server's account can enter.

    In memory where there is room: every database made is a thousand files, which costs a file system
    on a disk half a second. Nothing but data lies there, because programs may not run from it everywhere.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    directory = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if roomy else None))
    directory.chmod(0o755)
    return directory


def start() -> Cluster:
    """A running server in a directory of its own."""
    cluster = Cluster(scratch("registry-test-"), fast=True)
    cluster.up()
    return cluster


def copy_cluster(resting: Path, directory: Path) -> None:
    """Copy a stopped cluster into a new directory; its files stay the server's account's own."""
    subprocess.run(["cp", "-a", str(resting), str(directory)], check=True)


def main() -> None:
    """What ``scripts/test.sh`` calls before and after a run."""
    match sys.argv[1:]:
        case ["up"]:
            print(start().directory)
        case ["down", directory]:
            Cluster(Path(directory), fast=True).destroy()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
