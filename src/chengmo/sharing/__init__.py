"""What an actor may do with data, and the data as that actor may see them."""
