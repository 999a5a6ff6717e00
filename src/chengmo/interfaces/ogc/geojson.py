"""A collection of GeoJSON features (RFC 7946), put together piece by piece."""

from collections.abc import Iterator


def stream_collection(head: bytes, features: Iterator[bytes], tail: bytes) -> Iterator[bytes]:
    """Yield a feature collection: `head`, the batches of features, `tail`.

    Args:
        head: Up to where the first feature begins.
        features: Features with commas between; a batch may be empty.
        tail: From where the last feature ends.
    """
    yield head
    between = b""
    for batch in features:
        if batch:
            yield between + batch
            between = b","
    yield tail
