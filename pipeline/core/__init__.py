"""General tools without knowledge of the production: files, time, progress, processes."""
