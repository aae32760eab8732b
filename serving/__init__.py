"""Serving: what readers see. A reader sees the old marts or the new ones, never a torn one."""
