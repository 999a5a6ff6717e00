"""The walls around code that nobody here has read: what the kernel lets such a process do."""
