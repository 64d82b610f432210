"""Whose certificates are trusted, and which TLS is spoken: with everybody a modern one, with a few old servers what they can."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from OpenSSL import SSL
from OpenSSL.crypto import X509
from scrapy import Request
from scrapy.http import Response
from twisted.internet._sslverify import ClientTLSOptions, IOpenSSLTrustRoot
from twisted.internet.ssl import AcceptableCiphers, CertificateOptions, TLSVersion, platformTrust
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from spiders import held
from spiders.story import SpiderError

#: SSL_OP_LEGACY_SERVER_CONNECT: servers that renegotiate only in the old, unsafe way are spoken to.
LEGACY_CONNECT = 0x4


class BadCertificates(SpiderError):
    """A file that should hold certificates does not."""


def certificates(file: Path) -> tuple[X509, ...]:
    """The certificates of a PEM file. Raise BadCertificates."""
    try:
        return tuple(map(X509.from_cryptography, x509.load_pem_x509_certificates(file.read_bytes())))
    except OSError as exc:
        raise BadCertificates(f"{file}: {exc.strerror}") from exc
    except ValueError as exc:
        raise BadCertificates(f"{file} holds no certificates; it begins with -----BEGIN CERTIFICATE-----") from exc


@implementer(IOpenSSLTrustRoot)
class Roots:
    """The system's authorities, and some of one's own."""

    def __init__(self, own: Sequence[X509]) -> None:
        self.own = own

    def _addCACertsToContext(self, context: SSL.Context) -> None:
        platformTrust()._addCACertsToContext(context)
        store = context.get_cert_store()
        assert store
        for certificate in self.own:
            store.add_cert(certificate)


@implementer(IPolicyForHTTPS)
class Policy:
    """Makes TLS connections that check the server's certificate and name.

    All share one context. Scrapy's and Twisted's make one for each connection, and load all authorities into it: 4 ms of CPU
    where a poll takes 2.
    """

    def __init__(self, own: Sequence[X509], *, legacy: bool = False) -> None:
        oldest = {"insecurelyLowerMinimumTo": TLSVersion.TLSv1_0} if legacy else {}
        ciphers = AcceptableCiphers.fromOpenSSLCipherString("DEFAULT")
        self._options = CertificateOptions(trustRoot=Roots(own), acceptableCiphers=ciphers, fixBrokenPeers=True, **oldest)
        if legacy:
            context = self._options.getContext()
            context.set_options(LEGACY_CONNECT)
            context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")

    def creatorForNetloc(self, hostname: bytes, port: int) -> ClientTLSOptions:
        """As twisted.web.client asks for it; the names are Twisted's."""
        return ClientTLSOptions(self._options._makeTLSConnection, hostname.decode("ascii"))


class DownloadHandler(held.DownloadHandler):
    """Ours for https, with a second one beside it for requests whose meta says "legacy_tls".

    Apart, so that no other request is sent over a connection that was made with less care.
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        file = crawler.settings["WIREWATCH_CA_FILE"]
        own = certificates(Path(file)) if file else ()
        self._contextFactory = Policy(own)
        self._old = held.DownloadHandler(crawler)
        self._old._contextFactory = Policy(own, legacy=True)

    async def download_request(self, request: Request) -> Response:
        if request.meta.get("legacy_tls"):
            return await self._old.download_request(request)
        return await super().download_request(request)

    async def close(self) -> None:
        await self._old.close()
        await super().close()
