# Deskmart and Airflow from one locked set: what runs here is what the tests install, plus the login pages (FAB) and Celery.
FROM python:3.12.12-slim-bookworm
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --uid 50000 --gid 0 --create-home airflow \
    && install -d -o airflow -g 0 -m 0770 /deskmart /opt/airflow /opt/airflow/logs /opt/deskmart
COPY requirements-deploy.txt /opt/deskmart/
RUN pip install --no-deps --require-hashes -r /opt/deskmart/requirements-deploy.txt && pip check
COPY --chown=airflow:0 . /opt/deskmart
RUN pip install --no-deps --no-build-isolation --editable /opt/deskmart
USER airflow
WORKDIR /opt/deskmart
# dbt reads the project once, here: the first build of every container is spared it.
RUN python -m deskmart.dbt
ENV AIRFLOW_HOME=/opt/airflow AIRFLOW__CORE__DAGS_FOLDER=/opt/deskmart/dags PYTHONPATH=/opt/deskmart DESKMART_HOME=/deskmart
