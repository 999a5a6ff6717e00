"""Choose sites for clinics so that most elderly residents are near one."""

from web_scenarios.clinic_reach.model import reach_clinics as model

__all__ = ["model"]
