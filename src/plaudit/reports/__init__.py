"""Tables, pages and pictures for people. No torch."""
