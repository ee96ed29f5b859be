/*
 * bench: the measurements, each paired: A and B alternate in one run, medians and spread are
 * told.
 *
 * Every reply's status is checked; a round with a failed call ends the measurement.
 */
#ifndef HAYAT_BENCH_BENCH_H
#define HAYAT_BENCH_BENCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "state.h"

struct bench {
    struct state state;
    pid_t server;
    struct state beside; /* a larger fund's store, for claims; directory "" when there is none */
    pid_t beside_server;
    int rounds;
    int calls; /* reads of one round */
};

/* GetCard against the bare echo: CPU per call, calls per second and core, p50. */
bool bench_reads(struct bench *bench);
/* ListClaims of 20 and GetHome against the bare echo of as many bytes, and beside a larger fund. */
bool bench_claims(struct bench *bench);
/* Durable writes of 1, 8 and 64 clients against the disk's own fdatasync rate. */
bool bench_writes(struct bench *bench);
/* Uploads of 1 and 8 clients over TLS against the sum of their parts, and against file + fsync of the same bytes.  Leaves a server behind
   that speaks TLS. */
bool bench_uploads(struct bench *bench);
/* GetCard's p99 alone and under a storm of passphrases. */
bool bench_storm(struct bench *bench);

/* GetCard's and a durable write's p99 while nothing is due, and while changes of account are due with the bank up, down and flapping. */
bool bench_bank(struct bench *bench);

/* hayatd with the state's configuration of that name. */
pid_t bench_start_server(const struct state *state, const char *config_name);
/* GetCard's and small writes' latency alone and beside fifty members who upload. */
bool bench_crowd(struct bench *bench);
/* ... and those members, as told in the file PATH, in a process of their own. */
bool bench_be_crowd(const char *path);

/* An echo of REPLY_BYTES on PORT; 0 or less when it does not start. */
pid_t bench_start_echo(const struct bench *bench, int port, int64_t reply_bytes);

/* --- the disk by itself (disk.c), in the state's file system --- */

/* Appends 512 bytes and fdatasyncs, over and over; times per second. */
double disk_syncs_per_second(const char *directory);
/* COUNT files of LEN bytes, each fsynced; MB (10^6 bytes) per second. */
double disk_write_rate(const char *directory, const unsigned char *content, size_t len, int count);

#endif
