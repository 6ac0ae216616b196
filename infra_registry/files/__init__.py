"""Files by their content: what was uploaded, evidence, what was written out. Rows hold the hash."""

from infra_registry.files.vault import Folder, Kept, keep, path_of, safe_name

__all__ = ["Folder", "Kept", "keep", "path_of", "safe_name"]
