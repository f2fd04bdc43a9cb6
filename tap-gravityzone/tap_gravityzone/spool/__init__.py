"""The spool: bodies of the push service on their way from a receiver to the ``events`` stream.

Each receiver has a folder of its own below the spool, ``receiver-<host>-<hex>``. In it:

- ``<first>.open`` is a segment that is being written,
- ``<first>--<last>.ndjson.gz`` a sealed one, which never changes again.

``<first>`` and ``<last>`` are when its first and last line were received: UTC, to the microsecond,
ascending without repetition within a folder for as long as it lives, whatever the machine's clock
does. So the time of the last line that was read is all that a reader needs to remember of a folder.
"""
