"""Processes that judge what the queue holds, and the one that watches over them."""
