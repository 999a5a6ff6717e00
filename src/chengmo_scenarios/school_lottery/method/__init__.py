"""Who gets which school: numbers in, numbers out.

Nothing here knows the platform, files or pydantic. `allocation.allocate` is the one entrance; the
other modules are its parts and can be read one by one.
"""
