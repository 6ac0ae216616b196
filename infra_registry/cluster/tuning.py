"""Server settings for the machine at hand."""

import os
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the kernel's, not a temporary file of ours
MIB = 1024 * 1024
MAX_CONNECTIONS = 60
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
# Nobody but the account that owns the socket directory (and root) can reach the socket at all.
HBA = "local all all trust\nlocal replication all trust\n"
FIXED = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": str(MAX_CONNECTIONS),
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_level": "replica",
    "max_wal_size": "2GB",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "server-%a.log",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %u@%d ",
    # Values of rows and parameters stay out of the log: they can be personal data.
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


def memory_bytes() -> int:
    """Memory this process may count on: the machine's, or the container's limit when lower."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in CGROUP_LIMITS:
        text = path.read_text(encoding="ascii").strip() if path.exists() else ""
        if text.isdigit():
            total = min(total, int(text))
    return total


def server_settings(
    memory: int,
    cores: int,
    *,
    socket_dir: Path,
    log_dir: Path,
    port: int,
    fast: bool,
    shared_memory: bool = True,
) -> dict[str, str]:
    """postgresql.conf as a mapping. ``memory`` in bytes; ``fast`` gives up safety at a power cut.

    ``shared_memory`` is false where the server's account may not use ``/dev/shm``, as in some containers.
    """
    megabytes = memory // MIB
    settings = FIXED | {
        "unix_socket_directories": str(socket_dir),
        "port": str(port),
        "shared_buffers": f"{_between(64, megabytes // 8, 2048)}MB",
        "effective_cache_size": f"{max(128, megabytes // 2)}MB",
        "work_mem": f"{_between(4, megabytes // 768, 32)}MB",
        "maintenance_work_mem": f"{_between(32, megabytes // 32, 512)}MB",
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(min(2, max(1, cores // 2))),
        "dynamic_shared_memory_type": "posix" if shared_memory else "mmap",
        "log_directory": str(log_dir),
    }
    if fast:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    return settings


def render(settings: dict[str, str]) -> str:
    """postgresql.conf text; every value quoted, so that paths with spaces hold."""
    lines = ["# Written at each start by `infra-registry db up`; changes here are lost."]
    lines += [f"{key} = '{_escape(value)}'" for key, value in settings.items()]
    return "\n".join(lines) + "\n"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))
