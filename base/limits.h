/*
 * limits: every bound of the server in one place, each with its unit and its reason.
 */
#ifndef HAYAT_BASE_LIMITS_H
#define HAYAT_BASE_LIMITS_H

/* --- memory of one call --- */
#define LIMIT_ARENA_BLOCK_BYTES 16384       /* one block serves a typical read call whole */
#define LIMIT_ARENA_BASE_BYTES (256 * 1024) /* cap of a call's arena ... */
#define LIMIT_ARENA_PER_WIRE_BYTE 8         /* ... plus this per request byte (protobuf-c amplifies, SEC-E5) */

/* --- messages --- */
#define LIMIT_RECEIVE_BYTES (300 * 1024)  /* any message: one upload step and its framing */
#define LIMIT_SEND_BYTES (1024 * 1024)    /* any reply: unary replies are not flow-controlled */
#define LIMIT_MESSAGE_DEPTH 12            /* nesting; our deepest request is 4 */
#define LIMIT_UNKNOWN_FIELDS 16           /* a newer client sends a few; a bomb sends thousands */
#define LIMIT_FIELD_COUNT 4096            /* fields in one message, nested ones included */
#define LIMIT_VIOLATIONS 16               /* field violations told in one reply */

/* --- calls --- */
#define LIMIT_CALLS_IN_FLIGHT 4096        /* server-wide; each costs about 20 KiB */
#define LIMIT_SLOTS_PER_QUEUE 64          /* pre-posted request slots (4,096 cost 23-33 %) */
#define LIMIT_QUEUE_THREADS 2             /* one epoll set in the core: more only hand over */
#define LIMIT_UNARY_DEADLINE_MS 15000     /* SEC-E3 */
#define LIMIT_UPLOAD_STEP_DEADLINE_MS 60000
#define LIMIT_STREAM_DEADLINE_MS 3600000  /* a whole stream; the app reconnects with its token */
#define LIMIT_DRAIN_MS 30000              /* SEC-G3 */

/* --- connections --- */
#define LIMIT_STREAMS_PER_CONNECTION 32
#define LIMIT_METADATA_BYTES 8192
#define LIMIT_HANDSHAKE_MS 5000

/* --- the writer --- */
#define LIMIT_WRITE_QUEUE 1024            /* jobs waiting; past it callers hear OVERLOADED with RetryInfo */
#define LIMIT_WRITE_BATCH 256             /* jobs in one commit: bounds a commit's latency */
#define LIMIT_WRITE_BATCH_BYTES (4 * 1024 * 1024) /* dirty bytes in one commit (LMDB spills past ~500 MB) */
#define LIMIT_WRITE_SET 512               /* puts and deletes of one call */

/* --- workers --- */
#define LIMIT_WORKERS 2
#define LIMIT_WORK_QUEUE 64

/* --- storage --- */
#define LIMIT_MAP_BYTES (1ULL << 40)      /* reserved once, never resized (SEC-D4) */
#define LIMIT_READERS 512
#define LIMIT_READ_TXN_MS 50              /* SEC-D7 */
#define LIMIT_KEY_BYTES 64
#define LIMIT_CHUNK_CELL_BYTES 65520      /* 16 LMDB pages less their header (SEC-D6) */
#define LIMIT_FREE_DISK_BYTES (512ULL * 1024 * 1024)         /* below: no writes but sign-out (SEC-D5) */
#define LIMIT_FREE_DISK_UPLOAD_BYTES (2048ULL * 1024 * 1024) /* below: no uploads */

/* --- identity --- */
#define LIMIT_ACCESS_TOKEN_MS (10 * 60 * 1000) /* SEC-B5 */
#define LIMIT_CHALLENGE_MS 60000
#define LIMIT_CHALLENGES_PER_DEVICE 8
#define LIMIT_DEVICES_PER_MEMBER 3             /* SEC-B5 */
#define LIMIT_RATE_BUCKETS 65536               /* callers remembered by the rate limiter */

/* --- uploads --- */
#define LIMIT_UPLOAD_BYTES (20 * 1024 * 1024)
#define LIMIT_UPLOADS_OPEN 3
#define LIMIT_UPLOAD_BYTES_PER_DAY (60 * 1024 * 1024)
#define LIMIT_UPLOAD_LIFE_MS (7LL * 24 * 3600 * 1000)
#define LIMIT_CERTIFICATES_PER_YEAR 8
#define LIMIT_DOCUMENTS_PER_CERTIFICATE 10

/* --- replays --- */
#define LIMIT_REQUEST_ID_LIFE_MS (7LL * 24 * 3600 * 1000) /* a phone may be off for days before it retries */

#endif
