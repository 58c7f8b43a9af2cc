"""Encoders: frozen networks or measurements that turn segments into layer means."""
