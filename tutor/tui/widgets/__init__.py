"""Widgets: each receives one object and shows it, and posts what the reader wants. None starts anything."""
