"""What exists: records, taxonomies, import and the store. Knows no vectors."""
