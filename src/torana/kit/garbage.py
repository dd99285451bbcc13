"""Python's collector of garbage, and what is none."""

import gc


def keep_out_of_collections() -> None:
    """What a process holds by now (its modules, the list of instruments) it holds to its end: no collection looks at it
    again. That was a twentieth of the processor time of every request."""
    gc.collect()
    gc.freeze()
