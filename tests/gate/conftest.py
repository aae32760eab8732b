"""The tests of the gate's rules."""

import pytest

pytest.register_assert_rewrite("tests.gate.malformed")
