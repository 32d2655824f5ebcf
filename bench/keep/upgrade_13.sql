-- Version 13 knows what the kernel keeps for a connection, besides its buffers.
ALTER TABLE limits ADD COLUMN slab_bytes REAL;
ALTER TABLE limits ADD COLUMN page_table_bytes REAL;
