"""Scrapy's settings, with every one that safety hangs on written out.

Scrapy's defaults suit a demonstration: they include a server on loopback that runs Python sent
to it, a telnet console, unchecked certificates, downloads of a gigabyte, no delay, and robots.txt
ignored. None of that may come back because a default changes. What differs from site to site
(robots.txt, budgets) is set by the spider from the site's row.
"""

from typing import Any

from crawler.log import install_redaction
from fetching.agent import user_agent

# What Scrapy and Twisted log may hold page addresses, which often hold a person's name.
install_redaction()

BOT_NAME = "vigil"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
USER_AGENT = user_agent(None)

# Nothing listens, nothing is remote-controlled, nothing is mailed.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# Nothing is written: no cache, no job folder, no feed, no file store.
HTTPCACHE_ENABLED = False
JOBDIR: str | None = None
FEEDS: dict[str, Any] = {}
FILES_STORE: str | None = None
IMAGES_STORE: str | None = None

# Only the web, through the same transfer as images. `data:` addresses are decoded by the fetch
# stage, and never stored.
DOWNLOAD_HANDLERS: dict[str, str | None] = {
    "http": "crawler.page_transfer.PageTransfer",
    "https": "crawler.page_transfer.PageTransfer",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024  # pages; the fetch stage sets its own limit for images
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_FAIL_ON_DATALOSS = True
URLLENGTH_LIMIT = 4096

# Polite: the pace middleware below keeps the site's rate, for images too. Scrapy's own delay
# would come on top of it.
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0.5  # part of the delay by which the pace varies either way
CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 8
CONCURRENT_ITEMS = 64
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 5_000_000
ROBOTSTXT_OBEY = True
COOKIES_ENABLED = True  # in memory, for the length of one crawl: age gates need them
COOKIES_DEBUG = False
REDIRECT_MAX_TIMES = 6
METAREFRESH_ENABLED = False  # a refresh is a link like any other, within the same budgets
RETRY_TIMES = 2
REFERER_ENABLED = False  # the site policy sets it, and never tells one site of another's pages
HTTPPROXY_ENABLED = False  # a proxy would connect for us, where the egress guard cannot see

# Addresses are checked hop by hop, and again where they are connected to: by the transfer.
DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    # Before robots.txt (100): not even that is asked of an address that is not public.
    "crawler.egress.EgressMiddleware": 50,
    "crawler.site_policy.SitePolicyMiddleware": 60,
    "crawler.rendering_scope.RenderingScope": 70,
    "crawler.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    # Scrapy's own four, each with a limit and a sentence that it lacks.
    "crawler.retries.Retries": 550,
    "crawler.unpacking.Unpacking": 590,
    "crawler.redirects.Redirects": 600,
    "crawler.cookies.Cookies": 700,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    # Behind all that follows a redirect, tries again or unpacks: what is left is the answer.
    "crawler.odd_answers.OddAnswers": 540,
    # Behind all that sends a request again, before the pace: it begins the pace's pauses.
    "crawler.back_off.BackOffMiddleware": 940,
    # Nearest to the network (Scrapy's own end at 900): what waits here is sent next.
    "crawler.pace.PaceMiddleware": 950,
    # Would do nothing here, on every request: the site policy says what is in scope and which
    # headers go along.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}
# Ahead of the depth middleware nothing of Scrapy's own is needed besides its defaults.
ITEM_PIPELINES = {
    "pipelines.fetch.FetchPipeline": 100,
    "pipelines.hash.HashPipeline": 200,
    "pipelines.match.MatchPipeline": 300,
    "pipelines.record.RecordPipeline": 400,
}
EXTENSIONS: dict[str, int | None] = {
    "crawler.heartbeat.Heartbeat": 0,
    "crawler.memory_held.MemoryHeld": 0,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.feedexport.FeedExporter": None,
}

# Best first: the pages whose kind has brought most new pictures, and of a kind those nearest to a
# start page. It remembers by itself what was asked for, so that Scrapy's own filter has no part.
SCHEDULER = "crawler.frontier.Frontier"

MEMUSAGE_ENABLED = True
MEMUSAGE_LIMIT_MB = 1024  # a crawl that swells is stopped gently; what it saw is kept
MEMUSAGE_CHECK_INTERVAL_SECONDS = 5.0

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawler.log.QuietLogFormatter"
LOGSTATS_INTERVAL = 60.0
STATS_DUMP = False
