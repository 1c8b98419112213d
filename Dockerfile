# One image, four commands: serve | worker | migrate | sandbox.
#   docker build -t clinic-checkout .
#   docker run --rm clinic-checkout serve
# glibc on purpose: the embedded PostgreSQL has no musl build (it is for trying; production sets DATABASE_URL).

FROM python:3.13-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/checkout
COPY requirements.txt ./
RUN /opt/checkout/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE config.yaml ./
COPY gateways gateways
COPY checkout checkout
COPY refunds refunds
COPY migrations migrations
RUN /opt/checkout/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="clinic-checkout" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.description="Booking and payment for a clinic"
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin checkout \
 && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/checkout /opt/checkout
ENV PATH=/opt/checkout/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CHECKOUT_STATE=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive, without curl: the standard library asks the process itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8080/healthz', headers={'Host': 'localhost'}), timeout=2)"]
ENTRYPOINT ["checkout"]
CMD ["serve", "--host", "0.0.0.0"]
