# One image for the web server, the job worker and the migrations. The database is a service of its own.

FROM debian:bookworm-slim AS browser
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates nodejs npm python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY scripts/vendor.py scripts/
COPY web/package.json web/package-lock.json web/vendor.sha256 web/
RUN python3 scripts/vendor.py

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates fonts-noto-cjk postgresql-client python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/registry --create-home registry
WORKDIR /app
COPY requirements.lock ./
COPY scripts/install_lock.sh scripts/
RUN python3 -m venv /opt/venv \
    && PIP_NO_CACHE_DIR=1 sh scripts/install_lock.sh /opt/venv requirements.lock
COPY pyproject.toml ./
COPY infra_registry infra_registry
COPY migrations migrations
COPY web web
COPY data data
COPY --from=browser /app/web/static/vendor web/static/vendor
RUN /opt/venv/bin/pip install --no-cache-dir --no-build-isolation --no-deps -e .

ENV PATH=/opt/venv/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PROFILE=production \
    REGISTRY_VAR=/var/lib/registry \
    HOST=0.0.0.0 \
    PORT=8000
USER registry
VOLUME /var/lib/registry
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["infra-registry", "serve", "--no-worker"]
