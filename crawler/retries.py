"""Trying again: what may go better the next time, and nothing else."""

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

from pipelines.reasons import BadAnswer


class Retries(RetryMiddleware):
    """Scrapy's own, which would ask three times for an answer that is broken on purpose."""

    def process_exception(  # type: ignore[override] # Scrapy passes no spider to who takes none
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        """Try a request again, a few times, if its failure may have been an accident."""
        if isinstance(exception, BadAnswer):
            return None
        return super().process_exception(request, exception)
