/*
 * limits_upload: the bounds of uploads and of the documents they become; part of limits.h.
 */
#ifndef HAYAT_BASE_LIMITS_UPLOAD_H
#define HAYAT_BASE_LIMITS_UPLOAD_H

/* A table, one line each. */
/* clang-format off */

/* --- uploads --- */
#define LIMIT_UPLOAD_BYTES (20 * 1024 * 1024)
#define LIMIT_UPLOADS_OPEN 3
#define LIMIT_UPLOAD_BYTES_PER_DAY (60 * 1024 * 1024)
#define LIMIT_UPLOAD_BYTES_PER_MEMBER (200ULL * 1024 * 1024) /* kept and open together: 20 MiB for each of ten years; a form and an identity card are 2 */
#define LIMIT_UPLOAD_COUNTED_MS (731LL * 24 * 3600 * 1000) /* ... of what was filed, 24 months count: evidence is kept for ten years, and its age must not keep anybody from the next proof; 1 GiB in ten years, and what was asked for */
#define LIMIT_UPLOAD_BYTES_ASKED (5 * LIMIT_UPLOAD_BYTES) /* not filed yet, of a certificate of which a person said that more is needed, whatever is kept: every kind of document once, at its largest; anew when a person asks anew */
#define LIMIT_UPLOADS_PER_DAY 100         /* each leaves a row for a week: declaring and cancelling must end */
#define LIMIT_UPLOAD_LIFE_MS (7LL * 24 * 3600 * 1000)
#define LIMIT_CERTIFICATES_PER_YEAR 8     /* that a member begins; papers at a counter are taken in however many were refused */
#define LIMIT_DOCUMENTS_PER_CERTIFICATE 10
#define LIMIT_DOCUMENTS_EARLIER 48        /* of one certificate that made way and are listed for reviewers: five times more was asked for, each time all the papers it takes; then no more papers are taken */
#define LIMIT_DOCUMENTS_EARLIER_LISTED 64 /* ... and what was under way then, and an item of each kind, still finds room */
#define LIMIT_CERTIFICATES_PER_MEMBER 76  /* kept 10 years; a list is sorted in memory */
#define LIMIT_CERTIFICATES_AT_COUNTER 64  /* ... of these no more are there when an agent takes papers in: the rest is for the registry, which makes one a year */
#define LIMIT_CERTIFICATES_BEGUN 48       /* ... and no more when a member begins one: the rest is for papers at a counter and the registry */
#define LIMIT_DOCUMENTS_PER_MEMBER 350    /* five per certificate kept, and statements: bounds the look for open uploads */
#define LIMIT_DOCUMENTS_ASKED 30          /* ... the last of them are for what a person asked for: three certificates' */
#define LIMIT_APPEND_BYTES 262144         /* one message of an upload */
#define LIMIT_USAGE_ROWS_PER_STEP 8      /* old days forgotten when a new one begins */
#define LIMIT_CHUNKS_PER_HASH 16          /* read back and hashed in one read transaction, 5 ms (SEC-D7) */
#define LIMIT_CHUNKS_PER_STEP 64          /* chunks deleted in one transaction (SEC-D6) */
#define LIMIT_CHUNKS_PER_EXPIRY 2         /* ... by one of LIMIT_EXPIRY_ROWS rows: 5 writes each fit LIMIT_WRITE_SET */

/* --- their read-ahead --- */
#define LIMIT_UPLOAD_WINDOW_CHUNKS 32      /* of one stream between the line and the disk, 2 MiB: one commit's worth on its way, another gathering; more in one commit is slower */
#define LIMIT_UPLOAD_COMMIT_CHUNKS 16      /* ... in one commit while the stream goes on, 1 MiB: others' writes wait for it, and syncing more at once gains nothing */
#define LIMIT_UPLOAD_OWN_CHUNKS 6          /* ... of these every stream has so many by itself, 384 KiB: what one message of LIMIT_APPEND_BYTES touches at most, so each goes on when the others hold all */
#define LIMIT_UPLOAD_SHARED_CHUNKS 256     /* ... and the others come out of so many for everybody, 16 MiB: eight streams at full speed, which is more than a disk takes */

#endif
