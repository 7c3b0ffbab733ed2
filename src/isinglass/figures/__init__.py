"""Drawings: functions from a report, an explanation or a run to figures. What the report draws where: SECTIONS."""
