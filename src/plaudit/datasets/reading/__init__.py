"""What readers share: rows, lines of label files, tables, spellings, where data lie."""
