"""Scrapy's settings: our manners towards the wires, and our mistrust of what they send, each with its why."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

#: The name that the rules of a robots.txt may be written for.
TOKEN = "wirewatch"
#: Seconds a download may take. A stop waits for those in flight, and the daemon has 30 s to leave.
TIME_LIMIT = 20.0
#: Bytes of an answer, those after decompression too.
MAX_SIZE = 16 << 20
#: This machine; everybody else gets a pause between two requests.
LOCAL = ("127.0.0.1", "localhost", "::1")


def user_agent(contact: str) -> str:
    """Who asks, and where to complain: "wirewatch/0.1.0 (+desk@example.org)"."""
    try:
        release = version("wirewatch")
    except PackageNotFoundError:
        release = "0"
    return f"wirewatch/{release} (+{contact})"


def settings(*, contact: str, time_limit: float = TIME_LIMIT, proxy: str = "", ca_file: Path | None = None) -> dict[str, Any]:
    """The settings of one crawler; ``time_limit`` in seconds is that of a download.

    Those that begin with WIREWATCH are read by our own parts of Scrapy, proxy.py and tls.py.
    """
    return {
        "USER_AGENT": user_agent(contact),
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": TOKEN,
        # Of as many hosts, each asked for one thing at a time: those that hang, or rest between two requests, keep the others from nothing.
        "CONCURRENT_REQUESTS": 100,
        "SCHEDULER_PRIORITY_QUEUE": "spiders.turns.Turns",
        # And only once it has answered the last: a slow server is asked as slowly.
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0.5,
        "DOWNLOAD_SLOTS": {host: {"concurrency": 8, "delay": 0, "jitter": 0} for host in LOCAL},
        "DOWNLOAD_TIMEOUT": time_limit,
        # A failed poll sets the source's next due time, a failed page its entry's: both outlive this process. Scrapy's would not.
        "RETRY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "DOWNLOAD_MAXSIZE": MAX_SIZE,
        "DOWNLOAD_WARNSIZE": 0,
        "REDIRECT_MAX_TIMES": 5,
        # A page that loads itself anew every minute is read, not followed.
        "METAREFRESH_MAXDELAY": 5,
        # Scrapy 2.19 does not check certificates unless told to.
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        # Both open a local port that runs Python.
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "DOWNLOAD_HANDLERS": {
            **dict.fromkeys(("file", "data", "ftp", "s3")),
            "http": "spiders.held.DownloadHandler",
            "https": "spiders.tls.DownloadHandler",
        },
        "WIREWATCH_CA_FILE": str(ca_file) if ca_file else None,
        # A proxy from the environment would resolve names by itself, behind the back of guard.py.
        "HTTPPROXY_ENABLED": False,
        "WIREWATCH_PROXY": proxy,
        # Scrapy makes this many tasks for EVERY response; at its default of 100 a page costs 1.5 to 1.8 times as much.
        "CONCURRENT_ITEMS": 2,
        # Nobody reads what these count and add, and each costs every request a little; UrlLength would drop a page without a word.
        "EXTENSIONS": {
            "scrapy.extensions.corestats.CoreStats": None,
            "scrapy.extensions.logstats.LogStats": None,
            "scrapy.extensions.memusage.MemoryUsage": None,
        },
        "SPIDER_MIDDLEWARES": {
            "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
            "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
            "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
        },
        # Numbers are the order in which a request passes; Scrapy's own are in DOWNLOADER_MIDDLEWARES_BASE.
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "spiders.credentials.SourceMiddleware": 90,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "spiders.robots.RobotsMiddleware": 100,
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
            "spiders.encodings.EncodingMiddleware": 590,
            "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
            "spiders.redirects.MetaRefreshMiddleware": 580,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
            "spiders.redirects.RedirectMiddleware": 600,
            **({"spiders.proxy.ProxyMiddleware": 750} if proxy else {}),
            "spiders.rest.RestMiddleware": 860,
        },
        "LOG_ENABLED": False,
    }
