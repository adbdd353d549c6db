"""Drafts: a first scenario file for an app, from its routes."""
