"""Everything numeric: decoding, PDQ, pHash, the eight views, the index, the hashing workers."""
