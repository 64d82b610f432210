"""``python -m tests.bench``: what wirewatch costs beside its peers, in CPU time of one run on one machine.

Absolute times are this machine's; the ratios are what to compare.
"""

from spiders.crawl import run
from tests.bench import mail, pages, reading, worst

if __name__ == "__main__":  # the reader processes import this module too
    alone = reading.measure()
    run(pages.main(alone[reading.NEWS_PLEASE]))
    reading.show(alone)
    worst.show()
    mail.show()
