/*
 * limits: every bound of the server in one place, each with its unit and its reason.  Some areas have files of their own, limits_*.h.
 */
#ifndef HAYAT_BASE_LIMITS_H
#define HAYAT_BASE_LIMITS_H

#include "base/limits_bank.h"
#include "base/limits_campaign.h"
#include "base/limits_claims.h"
#include "base/limits_enrolment.h"
#include "base/limits_notify.h"
#include "base/limits_paper.h"
#include "base/limits_retention.h"
#include "base/limits_review.h"
#include "base/limits_session.h"
#include "base/limits_upload.h"

/* A table, one line each. */
/* clang-format off */

/* --- memory of one call --- */
#define LIMIT_ARENA_BLOCK_BYTES 16384       /* one block serves a typical read call whole */
#define LIMIT_ARENA_SPARE_BLOCKS 8          /* a queue thread keeps so many for its next calls: 128 KiB, in its core's own cache */
#define LIMIT_ARENA_BASE_BYTES 262144       /* 256 KiB: cap of a call's arena ... */
#define LIMIT_ARENA_PER_WIRE_BYTE 8         /* ... plus this per request byte (protobuf-c amplifies, SEC-E5) */
#define LIMIT_ARENA_HANDLER_BYTES 4194304   /* 4 MiB: added once the request is unpacked: a reply is read, unpacked, packed */
#define LIMIT_ARENA_STATUS_BYTES 32768      /* added for the google.rpc.Status of a failed call */

#define LIMIT_HEAP_KEPT_BYTES (16 * 1024 * 1024) /* free memory at the heap's top that is not given back */
#define LIMIT_HEAP_STEP_BYTES (1024 * 1024)      /* ... and taken at a time */
#define LIMIT_HEAP_BLOCK_BYTES (2 * 1024 * 1024) /* larger blocks are mapped by themselves, which costs a page fault for every 4 KiB each time: not so an upload's messages and its window */

/* --- messages --- */
#define LIMIT_RECEIVE_BYTES (300 * 1024)  /* any message: one upload step and its framing */
#define LIMIT_SEND_BYTES 1048576          /* 1 MiB, any reply: unary replies are not flow-controlled */
#define LIMIT_MESSAGE_DEPTH 12            /* nesting; our deepest request is 4 */
#define LIMIT_UNKNOWN_FIELDS 16           /* a newer client sends a few; a bomb sends thousands */
#define LIMIT_UNKNOWN_BYTES 4096          /* ... in all: they are kept in the arena and never looked into */
#define LIMIT_FIELD_COUNT 4096            /* fields in one message, nested ones included */
#define LIMIT_MESSAGE_FIELDS 64           /* fields a request message may declare: the pre-scan's state is on the stack */
#define LIMIT_VIOLATIONS 16               /* field violations told in one reply */

/* --- calls --- */
#define LIMIT_CALLS_IN_FLIGHT 4096        /* server-wide; each costs about 20 KiB */
#define LIMIT_CALLER_CALLS 128            /* small ones of one member, or of one network without tokens ... */
#define LIMIT_CALLER_LARGE 16             /* ... and large ones: streams, and requests of more than ... */
#define LIMIT_SMALL_REQUEST_BYTES 16384   /* ... this. Each holds up to 1.5 MiB: its state, its message, its write-set; read-ahead comes on top (limits_upload.h) */
#define LIMIT_LARGE_CALLS 1024            /* large ones of everybody: 1.5 GiB at the worst */
#define LIMIT_ANONYMOUS_CALLS 2048        /* all callers without tokens together: half is for members ... */
#define LIMIT_ANONYMOUS_LARGE 256         /* ... and of these, health watchers and reflection: the rest can sign in */
#define LIMIT_CALLER_SLOTS 32768          /* callers are told apart by so many places */
#define LIMIT_SLOTS_PER_QUEUE 64          /* pre-posted request slots (4,096 cost 23-33 %) */
#define LIMIT_QUEUE_THREADS 2             /* one epoll set in the core: more only hand over */
#define LIMIT_UNARY_DEADLINE_MS 15000     /* SEC-E3 */
#define LIMIT_UPLOAD_STEP_DEADLINE_MS 60000
#define LIMIT_STREAM_DEADLINE_MS 3600000  /* a whole stream; the app reconnects with its token */
#define LIMIT_DRAIN_MS 30000              /* SEC-G3 */
#define LIMIT_DRAIN_CANCEL_MS 3000        /* the last of it: for what was cancelled to come back */
#define LIMIT_LAME_DUCK_MS 2000           /* the first of it: the closed edge socket's backlog is served */
#define LIMIT_QUIET_MS 200                /* no call in flight for so long: the backlog is empty */
#define LIMIT_CALLS_HELD_PER_QUEUE 16384  /* refused and ended calls included; past it a call is reset unanswered */
#define LIMIT_SPARE_CALLS 256             /* kept per queue for the next calls */
#define LIMIT_STATUS_DETAILS_BYTES 4096   /* clients take 8 KiB of trailers, base64 included */
#define LIMIT_RETRY_MS 1000               /* RetryInfo of OVERLOADED and DRAINING */

/* --- connections --- */
#define LIMIT_STREAMS_PER_CONNECTION 32
#define LIMIT_STREAM_WINDOW_BYTES 262144 /* 1.3 MB/s at 200 ms; all streams of a connection: 8 MiB */
#define LIMIT_METADATA_BYTES 8192
#define LIMIT_HANDSHAKE_MS 5000
#define LIMIT_CONNECTION_IDLE_MS 300000   /* no call for so long: closed */
#define LIMIT_CONNECTION_AGE_MS 1800000   /* then GOAWAY, so that clients spread over restarts and new certificates */
#define LIMIT_CONNECTION_AGE_GRACE_MS 300000
#define LIMIT_KEEPALIVE_MS 60000          /* finds phones that went away without a word */
#define LIMIT_KEEPALIVE_TIMEOUT_MS 20000
#define LIMIT_PING_INTERVAL_MS 60000      /* clients that ping more often are sent away (SEC-E2) */
#define LIMIT_CORE_MEMORY_BYTES (256 * 1024 * 1024) /* gRPC's own: under pressure it drops new connections */
#define LIMIT_UNIX_CONNECTIONS 1024       /* from the edge; more wait in the backlog */
#define LIMIT_UNIX_BACKLOG 512
#define LIMIT_ACCEPT_BACK_OFF_MS 100      /* when descriptors run out */
#define LIMIT_PEM_BYTES 65536             /* a certificate file */

/* --- the writer --- */
#define LIMIT_WRITE_QUEUE 1024            /* jobs waiting; past it callers hear OVERLOADED with RetryInfo */
#define LIMIT_WRITE_BATCH 256             /* jobs in one commit: bounds a commit's latency */
#define LIMIT_WRITE_BATCH_BYTES (4 * 1024 * 1024) /* dirty bytes in one commit (LMDB spills past ~500 MB) */
#define LIMIT_WRITE_BULK_BYTES (1024 * 1024) /* ... of these, before another bulk job: what a small write waits for, twice at most */
#define LIMIT_WRITE_SET 512               /* puts and deletes of one call */
#define LIMIT_WRITE_SET_BULK 65536        /* ... of one import job: write_job.write_limit may ask for this much */

/* --- workers --- */
#define LIMIT_WORKERS 2
#define LIMIT_WORK_QUEUE 64
#define LIMIT_SECRET_WORKERS 2            /* Argon2id at once: as many as cores, under the 4 of SEC-B2; 19 MiB each */
#define LIMIT_SECRET_QUEUE 16             /* ... and waiting: half a second of work; past it OVERLOADED with RetryInfo */
#define LIMIT_SECRET_RESERVE 4            /* ... beside these for agents and members: strangers cannot keep the counter waiting for more than that */
#define LIMIT_POOL_THREADS 4

/* --- storage --- */
#ifdef __SANITIZE_THREAD__
#define LIMIT_MAP_BYTES (1ULL << 36)      /* ThreadSanitizer has no address space for more */
#else
#define LIMIT_MAP_BYTES (1ULL << 40)      /* reserved once, never resized (SEC-D4) */
#endif
#define LIMIT_READERS 512
#define LIMIT_READ_TXNS 256               /* of this process at once; the other half is for programs beside it */
#define LIMIT_GROW_BYTES (4ULL * 1024 * 1024) /* the file grows by this before a commit could reach its end */
#define LIMIT_SLACK_BYTES (64ULL * 1024 * 1024) /* unused, sparse tail of the file that is let be */
#define LIMIT_HIGH_WATER_MS 5000          /* how much of the clock's high-water mark a crash may forget (SEC-G4) */
#define LIMIT_REBOOT_STEP_MS (24LL * 3600 * 1000) /* the most that windows move on by the wall clock over a reboot (SEC-G4) */
#define LIMIT_READ_TXN_MS 50              /* SEC-D7 */
#define LIMIT_KEY_BYTES 64
#define LIMIT_LMDB_KEY_BYTES 511          /* LMDB's own; ours are shorter */
#define LIMIT_CHUNK_CELL_BYTES 65520      /* 16 LMDB pages less their header (SEC-D6) */
#define LIMIT_FREE_DISK_BYTES (512ULL * 1024 * 1024)         /* below: no writes but sign-out (SEC-D5) */
#define LIMIT_FREE_DISK_UPLOAD_BYTES (2048ULL * 1024 * 1024) /* below: no uploads */

#define LIMIT_PRELOAD_SPARED 4            /* of the memory one of so many parts is left to everything else when the store's file is taken into it */
#define LIMIT_PRELOAD_STEP_BYTES (2ULL * 1024 * 1024) /* a large page; between two looks whether to stop */

#define LIMIT_CHECK_STEP_MS 20            /* one read transaction of a check (SEC-D7) */
#define LIMIT_CHECK_STEP_CELLS 512
#define LIMIT_CHECK_SLOW_SHARE 20         /* hayatctl db check --slow: of the time a step in so many, so that neither the disk nor a core is noticeably busier */
#define LIMIT_CHECK_SLOW_MS 2000          /* ... and no wait is longer, were a disk to stand still for a step */
#define LIMIT_OPENED_SESSIONS 65536       /* 12 MiB when all called: sessions that called lately (storage/opened.h) */
#define LIMIT_CHECK_ARENA_BYTES (8 * 1024 * 1024) /* one record, opened and unpacked */
#define LIMIT_CHECK_BAD 64                /* bad cells a report names */
#define LIMIT_COPY_SPARE_BYTES (64ULL * 1024 * 1024)         /* a copy leaves so much free; LIMIT_FREE_DISK_UPLOAD_BYTES where the store is */
#define LIMIT_COPY_SYNC_BYTES (32ULL * 1024 * 1024)          /* of a copy that wait for the disk at once: commits wait behind them */
#define LIMIT_COPY_DAYS 35                /* docs/retention.md: erased members open from an older one */
#define LIMIT_MANIFEST_BYTES 4096         /* of a copy; ours have about 500 */

/* --- identity --- */
#define LIMIT_ACCESS_TOKEN_MS 600000           /* 10 min, SEC-B5 */
#define LIMIT_CHALLENGE_MS 60000
#define LIMIT_CHALLENGES 262144                /* unused ones at one time, 80 MB: anybody may ask for one */
#define LIMIT_DEVICES_PER_MEMBER 3             /* SEC-B5 */
#define LIMIT_RATE_BUCKETS 65536               /* callers remembered by the rate limiter */
#define LIMIT_RATE_STRIPES 64                  /* mutexes of the rate limiter */
#define LIMIT_KEYRING_BYTES 65536              /* the keyring file: 9 domains of 16 epochs fit ten times */

/* --- agents --- */
#define LIMIT_CALLER_TEXT_BYTES 128            /* a name, a staff number, an e-mail address */
#define LIMIT_AGENT_MEMBERS_PER_HOUR 40        /* distinct members an agent reads, SEC-A7: a counter serves half of it ... */
#define LIMIT_AGENT_MEMBERS_PER_DAY 200        /* ... and a day of them; more is looking people up */
#define LIMIT_CANARIES 1000                    /* listed in one reply */

/* --- jobs --- */
#define LIMIT_EXPIRY_ROWS 100                  /* rows ended in one write transaction: with LIMIT_WRITE_SET, five writes each */
#define LIMIT_EXPIRY_ARENA_BYTES (1024 * 1024) /* ... and their memory: uploads take a quarter of it; a run that fails stops all that follow */
#define LIMIT_EXPIRY_UNREAD 1000                /* damaged rows passed over in one run: a few, or something is wrong with all of it, and the run fails */
#define LIMIT_EXPIRY_RETRY_MS (60 * 60 * 1000LL) /* what met a damaged record on its way to its end is tried again, and told again, so often */

/* --- delivery --- */
#define LIMIT_OUTBOX_CODES 500000        /* rows waiting, 0.5 GB: past it no codes, which strangers can ask for ... */
#define LIMIT_OUTBOX_ROWS 1000000        /* ... and past this nothing: the notices' half is left to what members do */
#define LIMIT_NOTICES_OF_A_KIND 5        /* to one member in a day: they cost money, and the sixth says nothing new ... */
#define LIMIT_NOTICES_MS (24LL * 3600 * 1000) /* ... in this time */
#define LIMIT_OUTBOX_BATCH 32            /* rows handed out or settled in one transaction: up to 15 writes each fit LIMIT_WRITE_SET */
#define LIMIT_OUTBOX_LEASE_MS 600000     /* the longest a watcher may keep a row to itself */
#define LIMIT_OUTBOX_SCAN 256            /* rows looked at in one step when a broken watch is taken up again */
#define LIMIT_OUTBOX_PAYLOAD_BYTES 256   /* every message's: a decoy weighs as much as a letter (SEC-B3) */
#define LIMIT_OUTBOX_EVENT_BYTES 16384   /* ... an event's: LIMIT_OUTBOX_BATCH of them fit LIMIT_SEND_BYTES */
#define LIMIT_REPORT_LIFE_MS (14LL * 24 * 3600 * 1000) /* networks give up on a text message within days: what comes later is not waited for ... */
#define LIMIT_REPORTS_DROPPED 2          /* ... and so many old ones go with each new one, or once a second: there are never more than came in that time */
#define LIMIT_REPORT_SWEEP_MS (60 * 60 * 1000LL) /* hayat-courier looks through what it keeps so often: up to REPORTED_MAX files */
#define LIMIT_REPORT_WAIT_MS (3LL * 24 * 3600 * 1000) /* a reminder that nothing was reported of for so long goes another way too */
#define LIMIT_OUTBOX_LATE_MS (15 * 60 * 1000) /* a row that waits longer is told in the log */

/* --- what a member has --- */
#define LIMIT_BENEFICIARIES 20            /* cards fit in one reply */
#define LIMIT_CAMPAIGNS_LOOKED_AT 101     /* from the newest back to one that has opened: all that can be fed, 2000 to 2100 */
#define LIMIT_PAGE_DEFAULT 20
#define LIMIT_PAGE_MAX 100

/* --- rotation --- */
#define LIMIT_RESEAL_LOOKS 1024           /* cells looked at in one step, 0.2 ms: most have moved already */
#define LIMIT_RESEAL_MOVES 64             /* ... and moved ... */
#define LIMIT_RESEAL_BYTES 262144         /* ... so many bytes: another's write waits 2 ms at most */
#define LIMIT_RESEAL_PAUSE_MS 5           /* between two steps: 10,000 cells a second beside the members' writes */
#define LIMIT_RESEAL_IDLE_MS 5000         /* until the next look for a new epoch */

/* --- audit --- */
#define LIMIT_AUDIT_HEAD_MS 60000         /* between signed heads (SEC-F1) ... */
#define LIMIT_AUDIT_HEAD_ENTRIES 1000     /* ... and the most entries between them: what a proof carries */
#define LIMIT_AUDIT_HEADS_PER_STEP 64     /* signed in one transaction, 2 ms */
#define LIMIT_AUDIT_LOOKS 256             /* entries looked at in one call, 2 ms */
#define LIMIT_AUDIT_RETRY_MS 60000        /* a target that fails is tried at least so often */
#define LIMIT_AUDIT_LATE_MS 180000        /* three heads missed: the operator must know */

/* --- replays --- */
#define LIMIT_REQUEST_ID_LIFE_MS (7LL * 24 * 3600 * 1000) /* a phone may be off for days before it retries */

#endif
