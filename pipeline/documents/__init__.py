"""The papers of a production: Word files, forms, transcripts, records."""
