"""Where to put sites so that people are near and the sites can live: numbers in, numbers out.

Nothing here knows the platform, files or pydantic. `siting.solve` is the one entrance; the other
modules are its parts and can be read one by one.
"""
