"""The Scrapy project: settings, the spider, extraction, the egress guard."""
