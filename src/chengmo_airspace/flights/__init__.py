"""Flights: who plans to fly where and when, kept so that nobody's plan is lost or overlooked."""

from chengmo_airspace.flights.dss import Dss
from chengmo_airspace.flights.entity import Caller
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.flights.store import AirspaceStore

__all__ = ["AirspaceStore", "Caller", "Dss", "FlightRefused"]
