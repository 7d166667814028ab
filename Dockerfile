# docker build --target development .    what `make setup` makes, to work on deepdreamr
# docker build -t deepdreamr .           the command: docker run --rm -v "$PWD:/work" deepdreamr dream in.jpg -o out.png

FROM debian:12-slim AS development
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /deepdreamr
COPY . .
RUN make setup && rm -rf /var/lib/apt/lists/*

FROM python:3.12-slim AS command
COPY . /deepdreamr
RUN pip install --no-cache-dir "/deepdreamr[video]" \
 && rm -rf /deepdreamr \
 && useradd --create-home dreamer
USER dreamer
WORKDIR /work
ENTRYPOINT ["deepdreamr"]
