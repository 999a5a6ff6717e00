"""The use case: permit, read at fixed versions, decide in a process of its own, write it down."""
