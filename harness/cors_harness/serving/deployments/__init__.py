"""Deployments: reference apps behind the programs that people put them behind."""
