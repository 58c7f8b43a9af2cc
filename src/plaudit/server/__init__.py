"""The HTTP API and the pages; the only place that knows the web framework."""
