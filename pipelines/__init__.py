"""fetch → hash → match → record: one Scrapy pipeline a file, and the visit that they share."""
