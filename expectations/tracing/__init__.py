"""Trace: from a figure of any mart to the fact rows, the source records and the bytes it is made of."""
