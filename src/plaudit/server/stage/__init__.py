"""What voters see of a listening test: pages, players, and the doors that take their answers."""
