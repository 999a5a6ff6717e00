"""Network remote identification (F3411-22a): who flies here, told to whoever looks at a map."""

from chengmo_airspace.remote_identification.register import AreaRegister, AreaStore

__all__ = ["AreaRegister", "AreaStore"]
