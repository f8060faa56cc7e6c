# Madang's web worker. Also runs the one-shot services of docker-compose.yml.
FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.txt .
RUN pip install -q -r requirements.txt && \
    useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin madang && \
    # Volumes take the owner of the folder that they are first mounted on.
    mkdir -p /data /run/madang /static /certificates && \
    chown madang: /app /data /run/madang /static /certificates
COPY manage.py ./
COPY chatsite chatsite
COPY chat chat
COPY templates templates
COPY deploy/entrypoint deploy/secrets deploy/
# Compiled here, because nothing is written while it runs.
RUN python -m compileall -q manage.py chatsite chat
ENV STATIC_ROOT=/app/static
# The stamp tells `serve` that nothing is left to collect.
RUN export DATA_DIR=/tmp/build && python manage.py collectstatic --noinput -v 0 && \
    python manage.py shell -v 0 -c 'from chatsite.storage import static_stamp; print(static_stamp(), end="")' \
        > static/.stamp && rm -r /tmp/build
USER madang
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8000
EXPOSE 8000
ENTRYPOINT ["deploy/entrypoint"]
CMD ["serve"]
