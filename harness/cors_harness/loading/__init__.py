"""Scenario files: YAML text in, scenarios or every problem out."""
