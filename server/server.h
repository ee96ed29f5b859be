/*
 * server: every part of hayatd, made in order and unmade in the opposite order.
 *
 *     keys → store → writer → limiter, signer → workers → scheduler, audit → engine
 *
 * After a failed server_start the process should end: what was made is not taken back.
 * Threads  the main thread's.
 */
#ifndef HAYAT_SERVER_H
#define HAYAT_SERVER_H

#include "base/shifted_clock.h"
#include "config.h"
#include "rpc/core.h"
#include "service/app.h"
#include "service/receipt.h"

enum { EXIT_STORE_LOST = 70 }; /* the store can no longer be trusted: start again, which scrubs */

struct scheduler;
struct audit_export;
struct reseal_job;
struct retention_job;
struct bank_job;
struct checker_job;
struct campaign_job;

struct server {
    struct shifted_clock clock; /* of a demonstration alone */
    struct seal_keys *keys;
    struct receipt_signer signer;
    struct app app;
    struct pipeline pipeline;
    struct scheduler *scheduler;
    struct audit_export *audit;
    struct reseal_job *reseal;
    struct bank_job *bank;
    struct checker_job *checker;
    struct campaign_job *campaign;
    struct retention_job *retention;
    struct preload *preload; /* NULL when it is off */
    struct engine *engine;
    char renderer[PATH_MAX];  /* the program hayat-paper */
    char inspector[PATH_MAX]; /* the program hayat-check */
};

/* Says on *RET_PART which part failed. */
status server_start(struct server *server, const struct config *config, const char **ret_part);
/* SIGHUP: certificates are looked at again, new epochs of the keys are taken up. */
void server_reload(struct server *server, const struct config *config);
/* Drains and ends everything; false when something held on: end the process at once. */
bool server_stop(struct server *server);

#endif
