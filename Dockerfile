# Three stages: the front end, the Python environment, and the image that runs, which holds neither compiler nor Node.

FROM node:24-bookworm-slim AS client
WORKDIR /src/drone_service/web/client
COPY drone_service/web/client/package.json drone_service/web/client/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY drone_service/web /src/drone_service/web
RUN npm run build

FROM python:3.11-slim-bookworm AS environment
WORKDIR /src
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock ./
RUN pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY drone_service drone_service
COPY --from=client /src/drone_service/web/static drone_service/web/static
RUN for po in $(find drone_service/web/locale -name '*.po'); do pybabel compile -i "$po" -o "${po%.po}.mo"; done
# The front end comes from the stage before; without this mark the package would build it once more.
RUN python -c "import sys; sys.path.insert(0, 'drone_service/web/client'); import build; build.STAMP.write_text(build.fingerprint())"
RUN pip install --no-deps --no-build-isolation .
# The lock file holds the tools of the developers too; what only they need stays out of the image.
RUN python -c "import re, tomllib; print(*(re.split(r'[\[<>=!~; ]', name)[0] for name in \
    tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups']['dev']))" | xargs pip uninstall --yes --quiet
# Compiled here, so that no request waits for it and the file system may stay read-only. numba compares the time of a
# source file to the nanosecond, and layers keep whole seconds.
ENV NUMBA_CACHE_DIR=/opt/venv/numba
RUN find /opt/venv/lib -path '*/drone_service/engine/*.py' -exec touch --date=2026-01-01T00:00:00Z {} + \
    && drone-service doctor --warm-up

FROM python:3.11-slim-bookworm AS service
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 drone \
    && useradd --uid 10001 --gid drone --no-create-home --shell /usr/sbin/nologin drone \
    && install --directory --owner drone --group drone /data
COPY --from=environment /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    DRONE_DATA_DIR=/data \
    DRONE_LOG_FORMAT=json
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# numba reads compiled code only from a folder it may write to, and the file system is read-only: so from a copy.
ENTRYPOINT ["/bin/sh", "-c", "cp -R /opt/venv/numba /tmp/ && exec drone-service \"$@\"", "drone-service"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
