# Madang's web worker. Also runs the one-shot services of docker-compose.yml.
FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.txt .
RUN pip install -q -r requirements.txt && \
    useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin madang && \
    mkdir -p /data /run/madang /static && chown madang: /app /data /run/madang /static
COPY manage.py ./
COPY chatsite chatsite
COPY chat chat
COPY templates templates
COPY deploy/entrypoint deploy/secrets deploy/
USER madang
ENV STATIC_ROOT=/app/static
# The stamp tells `serve` that nothing is left to collect.
RUN export DATA_DIR=/tmp/build && python manage.py collectstatic --noinput -v 0 && \
    python manage.py shell -v 0 -c 'from chatsite.storage import static_stamp; print(static_stamp(), end="")' \
        > static/.stamp && rm -r /tmp/build
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8000
EXPOSE 8000
ENTRYPOINT ["deploy/entrypoint"]
CMD ["serve"]
