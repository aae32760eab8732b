"""For all tests: the profile of `make soak`, which tries many more examples of each property."""

from hypothesis import settings

settings.register_profile("soak", max_examples=2_000, deadline=None)
