# PostgreSQL, Redis and Kafka on HMS_BASE_IMAGE, for places where the official images cannot be had: see local-stores.yml. They take
# what docker-compose.yml gives the official ones, and no more.
ARG HMS_BASE_IMAGE=debian:12-slim

FROM ${HMS_BASE_IMAGE} AS postgres
RUN mkdir /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
	&& apt-get update -q && apt-get install -q -y --no-install-recommends postgresql-15 && rm -rf /var/lib/apt/lists/* \
	&& install -d -o postgres -g postgres -m 700 /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/postgresql/data
COPY deploy/docker/stores/postgres /usr/local/bin/start
ENTRYPOINT ["start"]

FROM ${HMS_BASE_IMAGE} AS redis
RUN apt-get update -q && apt-get install -q -y --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/* && install -d -o redis /data
WORKDIR /data
USER redis

FROM ${HMS_BASE_IMAGE} AS kafka-jars
RUN apt-get update -q && apt-get install -q -y --no-install-recommends default-jre-headless maven
WORKDIR /hms
COPY deploy/dev/common.sh deploy/dev/
COPY deploy/kafka deploy/kafka
RUN deploy/kafka/fetch

FROM ${HMS_BASE_IMAGE} AS kafka
RUN apt-get update -q && apt-get install -q -y --no-install-recommends default-jre-headless && rm -rf /var/lib/apt/lists/* \
	&& useradd -r kafka && install -d -o kafka /var/lib/kafka/data
COPY --from=kafka-jars /hms/.deps/kafka /opt/kafka
COPY deploy/kafka/log4j2.properties deploy/docker/stores/kafka /opt/kafka/
USER kafka
CMD ["/opt/kafka/kafka"]
