"""Books become opportunities: exact arithmetic, every rejected pair with its reason. Pure; no clock, no socket."""
