"""A system as actors of a Ray cluster. Ray carries and places: numbers, acknowledgements and folders are our own."""
