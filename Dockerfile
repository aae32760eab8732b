# Deskmart on Airflow's own image: Airflow with its Celery, Redis, PostgreSQL and FAB providers, plus the locked set.
FROM apache/airflow:3.3.2-python3.12
COPY requirements.txt /opt/deskmart/requirements.txt
RUN pip install --no-cache-dir --no-deps --require-hashes -r /opt/deskmart/requirements.txt && pip check
COPY --chown=airflow:root . /opt/deskmart
ENV PYTHONPATH=/opt/deskmart DESKMART_HOME=/deskmart AIRFLOW__CORE__DAGS_FOLDER=/opt/deskmart/dags
USER root
RUN install -d -o airflow -g root -m 0770 /deskmart
USER airflow
WORKDIR /opt/deskmart
