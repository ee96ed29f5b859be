# Hayat's server and operator's tool.  Without a configuration it starts an empty development store in its volume;
# docs/operations.md tells how to run it in earnest.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY tools/setup tools/setup
RUN tools/setup build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release \
    && cmake --build --preset release --target hayatd hayatctl hayat hayat-paper hayat-check hayat-courier hayat-auditverify \
    && strip --strip-debug build/bin/hayatd build/bin/hayatctl build/bin/hayat build/bin/hayat-paper build/bin/hayat-check \
        build/bin/hayat-courier build/bin/hayat-auditverify

FROM debian:bookworm-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libgrpc29 libprotobuf-c1 liblmdb0 libsodium23 libssl3 libpopt0 libinih1 libjansson4 libcsv3 \
        libpangocairo-1.0-0 libqrencode4 libseccomp2 libcurl4 libmicrohttpd12 \
        libmagic1 libjpeg62-turbo libpng16-16 libheif1 libqpdf29 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --uid 10001 --home-dir /var/lib/hayat --shell /usr/sbin/nologin hayat \
    && install -d -o hayat -g hayat -m 0700 /var/lib/hayat
COPY --from=build /src/build/bin/hayatd /src/build/bin/hayatctl /src/build/bin/hayat /src/build/bin/hayat-paper /src/build/bin/hayat-check \
    /src/build/bin/hayat-courier /src/build/bin/hayat-auditverify /usr/local/bin/
# The four fonts of printed documents, of a package with hundreds.
COPY --from=build /usr/share/fonts/truetype/noto/NotoSans-Regular.ttf /usr/share/fonts/truetype/noto/NotoSans-Bold.ttf \
    /usr/share/fonts/truetype/noto/NotoNaskhArabic-Regular.ttf /usr/share/fonts/truetype/noto/NotoNaskhArabic-Bold.ttf \
    /usr/share/fonts/truetype/noto/
COPY deploy/container/start /usr/local/bin/hayat-start
USER 10001
VOLUME /var/lib/hayat
EXPOSE 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD hayatctl health --config "${HAYAT_CONFIG:-/var/lib/hayat/hayatd.conf}"
ENTRYPOINT ["hayat-start"]
