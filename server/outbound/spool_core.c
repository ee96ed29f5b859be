#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/defer.h"
#include "base/limits.h"
#include "outbound/durable.h"
#include "outbound/spool.h"
#include "outbound/spool_index.h"

#define INDEX_HEADER "id,file,kind\n"

enum {
    PAYLOAD_TEXT_MAX = sodium_base64_ENCODED_LEN(LIMIT_OUTBOX_EVENT_BYTES,
                                                 sodium_base64_VARIANT_ORIGINAL)
};

struct spool_core {
    struct carrier carrier; /* first */
    int directory;
    char payload[PAYLOAD_TEXT_MAX]; /* of the message at hand */
};

/* From malloc, or NULL. */
static char *to_json(struct spool_core *spool, const struct outbound_message *message)
{
    if (message->payload.len > LIMIT_OUTBOX_EVENT_BYTES) {
        return NULL;
    }
    (void)sodium_bin2base64(spool->payload, sizeof spool->payload, message->payload.ptr,
                            message->payload.len, sodium_base64_VARIANT_ORIGINAL);
    json_t *json = json_pack("{s:s, s:s, s:I, s:s}", "id", message->id, "kind", message->event_kind,
                             "create_time_ms", (json_int_t)message->create_ms, "payload",
                             spool->payload);
    char *out = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    return out;
}

static status put(struct spool_core *spool, const struct outbound_message *message)
{
    char name[DURABLE_NAME_MAX], rest[SPOOL_LINE_MAX];
    (void)snprintf(name, sizeof name, "%s.json", message->id);
    (void)snprintf(rest, sizeof rest, "%s,%s", name, message->event_kind);
    if (!durable_exists(spool->directory, name)) {
        DEFER(defer_free) char *json = to_json(spool, message);
        if (json == NULL) {
            return FAIL(PAPER_CONTENT);
        }
        TRY(durable_put(spool->directory, name, bytes_str(json)));
    }
    return spool_index_add(spool->directory, INDEX_HEADER, message->id, rest);
}

static void carry(struct carrier *self, const struct outbound_message *message,
                  struct report *ret_report)
{
    struct spool_core *spool = (struct spool_core *)(void *)self;
    if (message->what != MESSAGE_EVENT) {
        report_fill(ret_report, VERDICT_REFUSED, "no event");
        return;
    }
    if (message->attempt > 1 && spool_index_has(spool->directory, message->id)) {
        report_fill(ret_report, VERDICT_DELIVERED, "there already");
        return;
    }
    status s = put(spool, message);
    if (ok(s)) {
        report_fill(ret_report, VERDICT_DELIVERED, "in the spool");
    } else {
        report_fill(ret_report, VERDICT_RETRY, reason_name(s.why));
    }
}

static void close_spool(struct carrier *self)
{
    struct spool_core *spool = (struct spool_core *)(void *)self;
    defer_close(&spool->directory);
    free(spool);
}

status spool_core_open(const char *directory, struct carrier **ret_carrier)
{
    struct spool_core *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        return FAIL(ARENA_FULL);
    }
    spool->carrier = (struct carrier){.name = "spool", .carry = carry, .close = close_spool};
    status s = durable_directory(directory, &spool->directory);
    if (!ok(s)) {
        free(spool);
        return s;
    }
    *ret_carrier = &spool->carrier;
    return STATUS_OK;
}
