"""Areas of several schemes with dated boundaries, their sources, and where people live."""

from infra_registry.areas.model import Area, AreaDraft, Boundary, Inhabited, SourceDraft

__all__ = ["Area", "AreaDraft", "Boundary", "Inhabited", "SourceDraft"]
