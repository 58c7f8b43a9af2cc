"""Routes of the API: what a program asks."""
