"""Telling people what is wrong: what is watched, what was told already, and e-mails and webhooks that tell it."""
